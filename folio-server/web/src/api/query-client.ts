import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asApiError } from './error';
import { keys } from './keys';

const MOST_TRIES = 3;

/** The cache of everything that the server said. A call that is refused for want of a log-in ends the session. */
export function newQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (asApiError(error).kind === 'unauthenticated') client.setQueryData(keys.session, null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // Events tell what is new, so that nothing has to be asked for in between.
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        retry: (failures, error) => failures < MOST_TRIES - 1 && asApiError(error).isTemporary,
        retryDelay: (failures, error) => {
          const seconds = asApiError(error).retryAfter;
          return seconds === null ? 500 * 2 ** failures : Math.min(seconds, 30) * 1000;
        },
        // A browser that believes itself offline may still reach a folio on its own machine.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}
