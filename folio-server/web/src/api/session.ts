import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './client';
import { asApiError } from './error';
import { keys } from './keys';
import type { Session } from './types';

/** Who is logged in; null is nobody. */
export function useSession() {
  return useQuery({
    queryKey: keys.session,
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await request('get', '/api/v1/session', { signal });
      } catch (error) {
        if (asApiError(error).kind === 'unauthenticated') return null;
        throw error;
      }
    },
  });
}

export function useLogIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => request('post', '/api/v1/session', { body: { token } }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.session }),
  });
}

export function useLogOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request('delete', '/api/v1/session', {}),
    onSuccess: () => {
      // What one person saw is not left for the next.
      client.setQueryData(keys.session, null);
      client.removeQueries({ predicate: query => query.queryKey[0] !== keys.session[0] });
    },
  });
}

/** Whether who is logged in may do everything, such as decide what is everybody's. */
export function useIsAdmin(): boolean {
  return useSession().data?.scopes.includes('admin') ?? false;
}
