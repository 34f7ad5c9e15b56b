import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useFallbackInterval } from '../live/context';
import { text } from '../text';
import { request } from './client';
import { ApiError, asApiError } from './error';
import { keys } from './keys';
import type { ManualPrice, ManualPriceInput, Quote, Unpriced } from './types';

/** The two parts of `class:symbol`. A symbol may hold colons itself. */
export function partsOf(asset: string): { class: string; symbol: string } {
  const at = asset.indexOf(':');
  return { class: asset.slice(0, at), symbol: asset.slice(at + 1) };
}

/** States what one unit of an asset is worth; it counts in all portfolios of the owner. */
export function useStatePrice() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ asset, input }: { asset: string; input: ManualPriceInput }) =>
      request('put', '/api/v1/prices/{class}/{symbol}/manual', { path: partsOf(asset), body: input }),
    onSuccess: (_, { asset }) => afterStated(client, asset),
  });
}

/** Takes back everything that was stated about an asset. */
export function useTakeBackPrice() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asset: string) =>
      request('delete', '/api/v1/prices/{class}/{symbol}/manual', { path: partsOf(asset) }),
    onSuccess: (_, asset) => afterStated(client, asset),
  });
}

function afterStated(client: QueryClient, asset: string) {
  void client.invalidateQueries({ queryKey: keys.manualPrice(asset) });
  void client.invalidateQueries({ queryKey: keys.quotes(asset) });
  void client.invalidateQueries({ queryKey: keys.summaries });
  return client.invalidateQueries({ queryKey: keys.portfolios });
}

/** A price, or why there is none. */
export type PriceAnswer = { quote: Quote; unpriced: null } | { quote: null; unpriced: Unpriced };

/** What one unit is worth, in the currency that the asset trades in. That there is no price is an answer too. */
export function useQuote(asset: string) {
  const refetchInterval = useFallbackInterval();
  return useQuery({
    queryKey: keys.quote(asset),
    queryFn: async ({ signal }): Promise<PriceAnswer> => {
      const { quotes, unpriced } = await request('post', '/api/v1/prices/batch', {
        body: { assets: [asset] },
        signal,
      });
      const [quote] = quotes;
      const [missing] = unpriced;
      if (quote !== undefined) return { quote, unpriced: null };
      if (missing !== undefined) return { quote: null, unpriced: missing };
      throw new ApiError({ kind: 'unknown', message: text.errors.notFolio(200) });
    },
    refetchInterval,
  });
}

/** The price that the owner stated by hand last; null is none. */
export function useManualPrice(asset: string) {
  return useQuery({
    queryKey: keys.manualPrice(asset),
    queryFn: async ({ signal }): Promise<ManualPrice | null> => {
      try {
        return await request('get', '/api/v1/prices/{class}/{symbol}/manual', {
          path: partsOf(asset),
          signal,
        });
      } catch (error) {
        if (['not_found', 'missing_price'].includes(asApiError(error).kind)) return null;
        throw error;
      }
    },
  });
}

/** The spans of an asset's past, in days. */
export const PRICE_RANGES = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '1y': 365 } as const;
export type PriceRange = keyof typeof PRICE_RANGES;

/** Up to so many days the past of a coin is shown by the hour; of the rest there are closes only. */
const HOURLY_DAYS = 7;

/** What one unit was worth, in a currency. */
export function usePriceHistory(asset: string, currency: string | undefined, range: PriceRange) {
  const days = PRICE_RANGES[range];
  const isHourly = partsOf(asset).class === 'crypto' && days <= HOURLY_DAYS;
  return useQuery({
    queryKey: keys.priceHistory(asset, currency ?? '', range),
    // In the currency of the price above it, once that is known. What has no price has no past either.
    enabled: currency !== undefined,
    queryFn: ({ signal }) =>
      request('get', '/api/v1/prices/{class}/{symbol}/history', {
        path: partsOf(asset),
        query: {
          days,
          resolution: isHourly ? 'hourly' : 'daily',
          ...(currency === undefined ? {} : { currency }),
        },
        signal,
      }),
    staleTime: 5 * 60_000,
    // The curve of another range stays until the new one is there; that of another asset does not.
    placeholderData: (previous, query) => (query?.queryKey[1] === asset ? previous : undefined),
  });
}
