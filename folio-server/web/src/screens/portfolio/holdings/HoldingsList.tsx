import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { text } from '../../../text';
import styles from './Holdings.module.css';
import { HoldingItem } from './HoldingItem';
import type { HoldingsParts } from './parts';
import { SORT_KEYS } from './rows';
import { useTop } from './use-top';

const ITEM_HEIGHT = 64;

/** The holdings on a phone: two lines each, and only those in sight are in the document. */
export function HoldingsList({ rows, sort, onSort, currency, onAction }: HoldingsParts) {
  const list = useRef<HTMLUListElement>(null);
  const top = useTop(list);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ITEM_HEIGHT,
    overscan: 8,
    scrollMargin: top,
    getItemKey: index => rows[index]?.id ?? index,
    initialRect: { width: 390, height: 844 },
  });
  const items = virtualizer.getVirtualItems();
  return (
    <>
      <label className="quiet">
        {text.holdings.sortBy}{' '}
        <select
          className={styles['sortBy']}
          value={sort.key}
          onChange={event => {
            const key = SORT_KEYS.find(each => each === event.target.value) ?? 'value';
            onSort({ key, direction: key === 'name' ? 'up' : 'down' });
          }}
        >
          {SORT_KEYS.map(key => (
            <option key={key} value={key}>
              {text.holdings.columns[key]}
            </option>
          ))}
        </select>
      </label>
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
