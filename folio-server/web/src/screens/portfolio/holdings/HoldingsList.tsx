import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import styles from './Holdings.module.css';
import { HoldingItem } from './HoldingItem';
import type { HoldingsParts } from './parts';
import { ListSort } from './ListSort';
import { useTarget } from './use-target';
import { useTop } from './use-top';

const ITEM_HEIGHT = 64;

/** The holdings on a phone: two lines each, and only those in sight are in the document. */
export function HoldingsList({ rows, sort, onSort, currency, onAction, target }: HoldingsParts) {
  const list = useRef<HTMLUListElement>(null);
  const top = useTop(list);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ITEM_HEIGHT,
    overscan: 6,
    useFlushSync: false,
    scrollMargin: top,
    getItemKey: index => rows[index]?.id ?? index,
    initialRect: { width: 390, height: 844 },
  });
  useTarget(target, rows, index => virtualizer.scrollToIndex(index, { align: 'center' }));
  const items = virtualizer.getVirtualItems();
  return (
    <>
      <ListSort sort={sort} onSort={onSort} />
      <ul ref={list} className={styles['list']} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(item => {
          const row = rows[item.index];
          return (
            row !== undefined && (
              <HoldingItem
                key={row.id}
                row={row}
                index={item.index}
                count={rows.length}
                offset={item.start - top}
                currency={currency}
                onAction={onAction}
                measure={virtualizer.measureElement}
              />
            )
          );
        })}
      </ul>
    </>
  );
}
