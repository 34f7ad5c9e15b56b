import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { Creation } from './portfolios';
import type { TokenInput } from './types';

/** The tokens, for administrators; nobody else may ask. */
export function useTokens(enabled: boolean) {
  return useQuery({
    queryKey: keys.tokens,
    enabled,
    queryFn: async ({ signal }) => (await request('get', '/api/v1/tokens', { signal })).items,
  });
}

/** Makes a token. The secret is in the answer and nowhere else, so it is not kept in the cache. */
export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: ({ input, idempotencyKey }: Creation<TokenInput>) =>
      request('post', '/api/v1/tokens', { body: input, idempotencyKey }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request('delete', '/api/v1/tokens/{id}', { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.tokens }),
  });
}
