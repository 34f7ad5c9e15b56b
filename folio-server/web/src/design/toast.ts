export interface Toast {
  id: number;
  message: string;
  /** A fault stays until it is dismissed. */
  stays: boolean;
  /** Where there is more about it. */
  link?: { label: string; href: string } | undefined;
}

const LASTS = 6000;
let next = 0;
let toasts: readonly Toast[] = [];
const listeners = new Set<() => void>();

function replace(list: readonly Toast[]): void {
  toasts = list;
  for (const listener of listeners) listener();
}

/** Says something in passing, in the corner and to those who listen. */
export function toast(message: string, options: { stays?: boolean; link?: Toast['link'] } = {}): void {
  const id = next++;
  const stays = options.stays ?? false;
  replace([...toasts.slice(-3), { id, message, stays, link: options.link }]);
  if (!stays) setTimeout(() => dismissToast(id), LASTS);
}

export function dismissToast(id: number): void {
  replace(toasts.filter(each => each.id !== id));
}

export const toastStore = {
  get: () => toasts,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};
