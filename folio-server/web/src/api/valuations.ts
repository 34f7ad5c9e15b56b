import { queryOptions, useQuery } from '@tanstack/react-query';
import { useFallbackInterval } from '../live/context';
import { request } from './client';
import { keys } from './keys';
import { startOf, type Range } from './ranges';
import type { Valuation } from './types';

/** What a portfolio is worth now, with each holding. Events say when it has moved. */
export const valuationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.valuation(id),
    queryFn: async ({ signal, client }) => {
      const valuation = await request('get', '/api/v1/portfolios/{id}/valuation', { path: { id }, signal });
      // What lacks a price is told together with the source that is at fault.
      const { unpriced, carried } = valuation.coverage;
      if (unpriced + carried > 0) void client.invalidateQueries({ queryKey: keys.sources });
      return valuation;
    },
  });

export function useValuation(id: string, options: { enabled?: boolean } = {}) {
  const refetchInterval = useFallbackInterval();
  return useQuery({ ...valuationQuery(id), refetchInterval, ...options });
}

/** How long after the last try a past that is still on its way is asked for again. */
const PAST_COMES = 10_000;

/** How a portfolio's worth went, thinned out by the server to so many points. */
export function useHistory(id: string, range: Range, points: number, options: { enabled?: boolean } = {}) {
  return useQuery({
    queryKey: keys.history(id, range, points),
    queryFn: ({ signal }) => {
      const from = startOf(range, Date.now());
      const query = from === null ? { points } : { points, from: new Date(from).toISOString() };
      return request('get', '/api/v1/portfolios/{id}/history', { path: { id }, query, signal });
    },
    staleTime: 60_000,
    refetchInterval: query => {
      const isComing = query.state.data?.missing.some(
        each => each.reason === 'pending' || each.reason === 'timeout',
      );
      return isComing === true && query.state.dataUpdateCount < 6 ? PAST_COMES : false;
    },
    // The curve of another range stays until the new one is there; that of another portfolio does not.
    placeholderData: (previous, query) => (query?.queryKey[1] === id ? previous : undefined),
    ...options,
  });
}

/** The snapshot that stands at the start of a range, at most a tenth of the range older; null where none does. */
export function useSnapshotAt(id: string, range: Range, options: { enabled?: boolean } = {}) {
  const isBounded = range !== 'all';
  return useQuery({
    queryKey: keys.snapshotAt(id, range),
    enabled: isBounded && options.enabled !== false,
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }): Promise<Valuation | null> => {
      const now = Date.now();
      const start = startOf(range, now) ?? now;
      const oldest = start - (now - start) / 10;
      const query = {
        from: new Date(oldest).toISOString(),
        to: new Date(start).toISOString(),
        include: 'holdings',
        limit: 1,
      } as const;
      const page = await request('get', '/api/v1/portfolios/{id}/valuations', {
        path: { id },
        query,
        signal,
      });
      return page.items[0] ?? null;
    },
  });
}

/** What all portfolios are worth together. Without a currency the server chooses. */
export function useSummary(currency: string) {
  const refetchInterval = useFallbackInterval();
  return useQuery({
    queryKey: keys.summary(currency),
    queryFn: ({ signal }) =>
      request('get', '/api/v1/summary', { query: currency === '' ? {} : { currency }, signal }),
    placeholderData: previous => previous,
    refetchInterval,
  });
}
