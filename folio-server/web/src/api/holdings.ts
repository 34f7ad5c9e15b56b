import { useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';
import type { Creation } from './portfolios';
import type { HoldingInput, HoldingPatch } from './types';

/** Everything of a portfolio is read again after one of its lots has changed, and the sums over all. */
function useAfterChange(portfolioId: string) {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: keys.summaries });
    void client.invalidateQueries({ queryKey: keys.portfolioList });
    return client.invalidateQueries({ queryKey: keys.portfolio(portfolioId) });
  };
}

export function useAddHolding(portfolioId: string) {
  const onSuccess = useAfterChange(portfolioId);
  return useMutation({
    mutationFn: ({ input, idempotencyKey }: Creation<HoldingInput>) =>
      request('post', '/api/v1/portfolios/{id}/holdings', {
        path: { id: portfolioId },
        body: input,
        idempotencyKey,
      }),
    onSuccess,
  });
}

export function useChangeHolding(portfolioId: string) {
  const onSuccess = useAfterChange(portfolioId);
  return useMutation({
    mutationFn: ({
      holdingId,
      version,
      patch,
    }: {
      holdingId: string;
      version: number;
      patch: HoldingPatch;
    }) =>
      request('patch', '/api/v1/portfolios/{id}/holdings/{holding_id}', {
        path: { id: portfolioId, holding_id: holdingId },
        body: patch,
        ifVersion: version,
      }),
    onSuccess,
  });
}

export function useRemoveHolding(portfolioId: string) {
  const onSuccess = useAfterChange(portfolioId);
  return useMutation({
    mutationFn: (holdingId: string) =>
      request('delete', '/api/v1/portfolios/{id}/holdings/{holding_id}', {
        path: { id: portfolioId, holding_id: holdingId },
      }),
    onSuccess,
  });
}
