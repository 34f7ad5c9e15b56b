import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { newIdempotencyKey, request } from './client';
import { keys } from './keys';
import type { AlertRuleInput, Notification } from './types';

/** The rules of a portfolio, with how each stands. */
export function useAlertRules(portfolioId: string) {
  return useQuery({
    queryKey: keys.rules(portfolioId),
    queryFn: ({ signal }) =>
      request('get', '/api/v1/portfolios/{id}/alert-rules', { path: { id: portfolioId }, signal }),
  });
}

/** Puts all rules of a portfolio in place, if nobody else has changed them since `version`. */
export function useReplaceRules(portfolioId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ items, version }: { items: AlertRuleInput[]; version: number }) =>
      request('put', '/api/v1/portfolios/{id}/alert-rules', {
        path: { id: portfolioId },
        body: { items },
        ifVersion: version,
      }),
    onSuccess: rules => client.setQueryData(keys.rules(portfolioId), rules),
    onError: () => client.invalidateQueries({ queryKey: keys.rules(portfolioId) }),
  });
}

const PART = 25;

/** What the owner was told, newest first, a part at a time. Events say when there is more. */
export function useNotifications() {
  return useInfiniteQuery({
    queryKey: keys.notifications,
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/notifications', {
        query: pageParam === '' ? { limit: PART } : { limit: PART, cursor: pageParam },
        signal,
      }),
    getNextPageParam: page => page.next_cursor ?? undefined,
  });
}

/** Sends a notification through its channels once more. */
export function useSendAgain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (notification: Notification) =>
      request('post', '/api/v1/notifications/{id}/deliveries', {
        path: { id: notification.id },
        idempotencyKey: newIdempotencyKey(),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.notifications }),
  });
}

/** The ways in which the operator has set up to be told. */
export function useChannels() {
  return useQuery({
    queryKey: keys.channels,
    queryFn: async ({ signal }) => (await request('get', '/api/v1/channels', { signal })).items,
  });
}

/** Sends a sample through a channel at once; the answer says what came of it. */
export function useTestChannel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (channel: string) =>
      request('post', '/api/v1/channels/{channel}/test', {
        path: { channel },
        idempotencyKey: newIdempotencyKey(),
      }),
    // A channel that was off is on again after a sample that it took.
    onSettled: () => client.invalidateQueries({ queryKey: keys.channels }),
  });
}
