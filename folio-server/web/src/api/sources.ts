import { useQuery } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';

/** Where prices come from, and how each source is. */
export function useSources() {
  return useQuery({
    queryKey: keys.sources,
    queryFn: async ({ signal }) => (await request('get', '/api/v1/sources', { signal })).items,
    refetchInterval: 120_000,
  });
}
