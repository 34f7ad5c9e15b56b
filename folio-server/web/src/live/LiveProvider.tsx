import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { keys } from '../api/keys';
import { EventApplier } from './apply';
import { LiveConnection } from './connection';
import { LiveContext, type LiveHandle } from './context';
import type { LiveEvent } from './events';

/** Keeps the one stream of events open while somebody is logged in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [handle] = useState<LiveHandle & { applier: EventApplier }>(() => {
    const applier = new EventApplier(client);
    const handlers = new Set<(event: LiveEvent) => void>();
    const connection = new LiveConnection({
      onEvent: event => {
        applier.apply(event);
        for (const handler of handlers) handler(event);
      },
      onResume: () => void client.invalidateQueries({ refetchType: 'active' }),
      onTrouble: () => void client.invalidateQueries({ queryKey: keys.session }),
    });
    return { applier, connection, handlers };
  });
  useEffect(() => {
    handle.connection.start();
    return () => {
      handle.connection.stop();
      handle.applier.stop();
    };
  }, [handle]);
  return <LiveContext value={handle}>{children}</LiveContext>;
}
