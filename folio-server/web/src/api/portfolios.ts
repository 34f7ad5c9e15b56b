import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { Portfolio, PortfolioInput, PortfolioPatch, PortfolioSummary } from './types';

const PART = 200;

/** All portfolios that are not archived, oldest first. */
export function usePortfolios() {
  return useQuery({ queryKey: keys.portfolioList, queryFn: ({ signal }) => listOf(false, signal) });
}

/** Those that are out of the way. */
export function useArchivedPortfolios() {
  return useQuery({ queryKey: keys.archived, queryFn: ({ signal }) => listOf(true, signal) });
}

async function listOf(archived: boolean, signal: AbortSignal): Promise<PortfolioSummary[]> {
  const all: PortfolioSummary[] = [];
  let cursor: string | null = null;
  do {
    const query: { archived?: boolean; limit: number; cursor?: string } = {
      limit: PART,
      ...(archived ? { archived } : {}),
      ...(cursor === null ? {} : { cursor }),
    };
    const part: { items: PortfolioSummary[]; next_cursor?: string | null } = await request(
      'get',
      '/api/v1/portfolios',
      { query, signal },
    );
    all.push(...part.items);
    cursor = part.next_cursor ?? null;
  } while (cursor !== null);
  return all;
}

export const portfolioQuery = (id: string) =>
  queryOptions({
    queryKey: keys.portfolioDetail(id),
    queryFn: ({ signal }) => request('get', '/api/v1/portfolios/{id}', { path: { id }, signal }),
  });

export const usePortfolio = (id: string) => useQuery(portfolioQuery(id));

/** What is to be created, with the key of the attempt: a second try after a lost answer creates nothing twice. */
export interface Creation<T> {
  input: T;
  idempotencyKey: string;
}

export function useCreatePortfolio() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ input, idempotencyKey }: Creation<PortfolioInput>) =>
      request('post', '/api/v1/portfolios', { body: input, idempotencyKey }),
    onSuccess: (made: Portfolio) => {
      client.setQueryData(keys.portfolioDetail(made.id), made);
      void client.invalidateQueries({ queryKey: keys.summaries });
      return client.invalidateQueries({ queryKey: keys.portfolioList });
    },
  });
}

export function useChangePortfolio() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, patch }: { id: string; version: number; patch: PortfolioPatch }) =>
      request('patch', '/api/v1/portfolios/{id}', { path: { id }, body: patch, ifVersion: version }),
    // After a refusal too: what was changed elsewhere is then on the screen.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.summaries });
      return client.invalidateQueries({ queryKey: keys.portfolios });
    },
  });
}

export function useDeletePortfolio() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      request('delete', '/api/v1/portfolios/{id}', { path: { id }, ifVersion: version }),
    onMutate: ({ id }) => client.cancelQueries({ queryKey: keys.portfolio(id) }),
    onSuccess: (_, { id }) => {
      const without = (list?: PortfolioSummary[]) => list?.filter(each => each.id !== id);
      client.setQueryData(keys.portfolioList, without);
      client.setQueryData(keys.archived, without);
      // What still shows it would ask for it once more.
      client.removeQueries({ queryKey: keys.portfolio(id), type: 'inactive' });
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.summaries });
      void client.invalidateQueries({ queryKey: keys.archived });
      return client.invalidateQueries({ queryKey: keys.portfolioList });
    },
  });
}
