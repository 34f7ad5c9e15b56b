import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { request } from './client';
import { keys } from './keys';
import { partsOf } from './prices';
import type { AssetInfo } from './types';

/** How long typing must rest before it is searched for. */
const REST = 200;

/** Assets by name or ticker, as it is typed. */
export function useAssetSearch(typed: string) {
  const [wanted, setWanted] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setWanted(typed.trim()), REST);
    return () => clearTimeout(timer);
  }, [typed]);
  return useQuery({
    queryKey: keys.assets(wanted),
    enabled: wanted !== '',
    staleTime: 10 * 60_000,
    retry: false,
    // What was found for fewer letters stays until there is something better: a list that blinks cannot be hit.
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<AssetInfo[]> =>
      (await request('get', '/api/v1/assets', { query: { q: wanted }, signal })).items,
  });
}

/** What an asset is called and traded in. */
export function useAsset(asset: string) {
  return useQuery({
    queryKey: keys.asset(asset),
    staleTime: 10 * 60_000,
    // Nobody but the owner knows what is of their own.
    enabled: partsOf(asset).class !== 'custom',
    queryFn: ({ signal }) =>
      request('get', '/api/v1/assets/{class}/{symbol}', { path: partsOf(asset), signal }),
  });
}
