import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import type { LiveConnection, LiveState } from './connection';
import type { LiveEvent, LiveName, LivePayloads } from './events';

export interface LiveHandle {
  connection: Pick<LiveConnection, 'state' | 'subscribe' | 'start' | 'stop' | 'tryNow'>;
  handlers: Set<(event: LiveEvent) => void>;
}

export const LiveContext = createContext<LiveHandle | null>(null);

const never = () => () => undefined;
const connecting = (): LiveState => 'connecting';

/** How the stream of events is. */
export function useLiveState(): LiveState {
  const connection = useContext(LiveContext)?.connection;
  return useSyncExternalStore(connection?.subscribe ?? never, connection?.state ?? connecting);
}

/** Connects again at once, for a person who does not want to wait. */
export function useReconnect(): () => void {
  const connection = useContext(LiveContext)?.connection;
  return () => connection?.tryNow();
}

/** Calls back for each event of a name, beside what the cache does with it. */
export function useLiveEvent<N extends LiveName>(name: N, handler: (data: LivePayloads[N]) => void): void {
  const handlers = useContext(LiveContext)?.handlers;
  useEffect(() => {
    if (handlers === undefined) return;
    const onEvent = (event: LiveEvent) => {
      if (event.name === name) handler(event.data as LivePayloads[N]);
    };
    handlers.add(onEvent);
    return () => void handlers.delete(onEvent);
  }, [handlers, name, handler]);
}

/** How often to ask while no events come; false is never. React Query rests in hidden tabs by itself. */
export function useFallbackInterval(): number | false {
  return useLiveState() === 'offline' ? 60_000 : false;
}
