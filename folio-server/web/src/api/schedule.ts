import { useQuery } from '@tanstack/react-query';
import { request } from './client';
import { keys } from './keys';

/** When which job runs, and what was missed. */
export function useSchedule() {
  return useQuery({
    queryKey: keys.schedule,
    queryFn: ({ signal }) => request('get', '/api/v1/schedule', { signal }),
    refetchInterval: 60_000,
  });
}
