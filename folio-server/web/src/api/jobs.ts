import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { newIdempotencyKey, request } from './client';
import { keys } from './keys';
import type { Job } from './types';

export const isOver = (job: Job) => job.state === 'succeeded' || job.state === 'failed';

/** Starts a valuation that is kept; while one runs, the server answers with that one. */
export function useStartValuation(portfolioId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      request('post', '/api/v1/portfolios/{id}/valuations', {
        path: { id: portfolioId },
        idempotencyKey: newIdempotencyKey(),
      }),
    onSuccess: (job: Job) => client.setQueryData(keys.job(job.id), job),
  });
}

/** A job until it is over. Events tell how far it is; asking too costs little, since a job is short. */
export function useJob(id: string | null) {
  return useQuery({
    queryKey: keys.job(id ?? ''),
    enabled: id !== null,
    queryFn: ({ signal }) => request('get', '/api/v1/jobs/{id}', { path: { id: id ?? '' }, signal }),
    refetchInterval: query => (query.state.data !== undefined && isOver(query.state.data) ? false : 500),
  });
}
