import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';

const PART = 200;

/** The prices that were held back because they are implausible, and wait for somebody to decide. */
export function useQuarantine(options: { enabled?: boolean } = {}) {
  return useQuery({
    queryKey: keys.quarantine,
    // More than the first part are not shown in one place anyway.
    queryFn: async ({ signal }) =>
      (await request('get', '/api/v1/quotes/quarantined', { query: { limit: PART }, signal })).items,
    ...options,
  });
}

/** Takes a price that was held back for right, for everybody. */
export function useAcceptQuote() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request('post', '/api/v1/quotes/quarantined/{id}/accept', { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.quarantine }),
    onSuccess: accepted => {
      void client.invalidateQueries({ queryKey: keys.quotes(accepted.asset) });
      void client.invalidateQueries({ queryKey: keys.summaries });
      return client.invalidateQueries({ queryKey: keys.portfolios });
    },
  });
}
