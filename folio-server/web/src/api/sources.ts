import { useQuery } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { Source } from './types';

/** Where prices come from, and how each source is. */
export function useSources() {
  return useQuery({
    queryKey: keys.sources,
    queryFn: async ({ signal }) => (await request('get', '/api/v1/sources', { signal })).items,
    // One that is down is looked at more often: that it is back should be seen soon.
    refetchInterval: query => (query.state.data?.some(isInTrouble) === true ? 15_000 : 120_000),
  });
}

export const isUsedUp = (source: Source) => source.budget !== null && source.budget.remaining <= 0;

const isInTrouble = (source: Source) => !source.healthy || isUsedUp(source);
