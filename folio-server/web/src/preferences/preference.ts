import { useSyncExternalStore } from 'react';

/** A choice of this browser that lasts, and that every component sees at once. */
export interface Preference<T extends string> {
  get: () => T;
  set: (next: T) => void;
  subscribe: (listener: () => void) => () => void;
}

/** A browser that forbids storage keeps a choice for as long as the page is open. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** A preference under a name; what is stored and not accepted is as good as nothing. */
export function preference<T extends string>(
  name: string,
  initial: T,
  accepts: (value: string) => value is T,
): Preference<T> {
  const key = `folio.${name}`;
  const listeners = new Set<() => void>();
  const found = stored(key);
  let value = found !== null && accepts(found) ? found : initial;
  return {
    get: () => value,
    set: next => {
      if (next === value) return;
      value = next;
      try {
        localStorage.setItem(key, next);
      } catch {
        // See above.
      }
      for (const listener of listeners) listener();
    },
    subscribe: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function usePreference<T extends string>(it: Preference<T>): [T, (next: T) => void] {
  return [useSyncExternalStore(it.subscribe, it.get), it.set];
}

/** Accepts the words of a list. */
export function oneOf<const T extends string>(words: readonly T[]) {
  return (value: string): value is T => (words as readonly string[]).includes(value);
}
