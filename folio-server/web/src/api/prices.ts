import { useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { ManualPriceInput } from './types';

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
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.summaries });
      return client.invalidateQueries({ queryKey: keys.portfolios });
    },
  });
}
