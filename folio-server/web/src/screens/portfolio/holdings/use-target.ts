import { useEffect } from 'react';

/** A holding that somebody wants to see; a new object for each time. */
export interface Target {
  id: string;
}

/** Brings the row of a holding into sight, one far down a long list too, and gives its first button the focus. */
export function useTarget(
  target: Target | null,
  rows: readonly { id: string }[],
  scrollToIndex: (index: number) => void,
): void {
  useEffect(() => {
    const index = target === null ? -1 : rows.findIndex(row => row.id === target.id);
    if (target === null || index === -1) return;
    scrollToIndex(index);
    // The row is in the document once the list has been drawn at its new place.
    const timer = setTimeout(() => {
      const row = document.querySelector(`[data-holding="${CSS.escape(target.id)}"]`);
      row?.scrollIntoView({ block: 'center' });
      row?.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
    }, 100);
    return () => clearTimeout(timer);
    // Only a new wish scrolls: rows change with every price.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [target]);
}
