import { useSyncExternalStore } from 'react';
import { usePreference } from '../preferences/preference';
import { zone as zonePreference } from '../preferences/zone';
import { ageSeconds, formatClock, formatDay, formatDuration, formatInstant } from './time';

const TICK = 30_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let current = Date.now();

/** One clock for all ages on the page; it rests while nobody looks. */
function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    current = Date.now();
    timer = setInterval(() => {
      if (document.hidden) return;
      current = Date.now();
      for (const each of listeners) each();
    }, TICK);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** Now, in milliseconds, renewed twice a minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => current);
}

/** Instants and ages as the person wants them. */
export function useTimes() {
  const [zone] = usePreference(zonePreference);
  const now = useNow();
  return {
    zone,
    now,
    instant: (at: string | number) => formatInstant(at, zone, now),
    clock: (at: string | number) => formatClock(at, zone),
    day: (at: string | number) => formatDay(at, zone),
    age: (at: string) => formatDuration(ageSeconds(at, now)),
  };
}
