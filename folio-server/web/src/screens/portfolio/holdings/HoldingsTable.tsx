import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { text } from '../../../text';
import { HoldingRow } from './HoldingRow';
import styles from './Holdings.module.css';
import type { HoldingsParts } from './parts';
import { SortHead } from './SortHead';
import { useTarget } from './use-target';
import { useTop } from './use-top';

const ROW_HEIGHT = 60;

/** The holdings as a table. Only the rows in sight are in the document, so that thousands scroll as few do. */
export function HoldingsTable({ rows, sort, onSort, currency, onAction, target }: HoldingsParts) {
  const table = useRef<HTMLTableElement>(null);
  const top = useTop(table);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    useFlushSync: false,
    scrollMargin: top,
    getItemKey: index => rows[index]?.id ?? index,
    initialRect: { width: 1024, height: 1000 },
  });
  useTarget(target, rows, index => virtualizer.scrollToIndex(index, { align: 'center' }));
  const items = virtualizer.getVirtualItems();
  const before = (items[0]?.start ?? top) - top;
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    <table
      ref={table}
      className={styles['table']}
      aria-rowcount={rows.length + 1}
      aria-labelledby="holdings-title"
    >
      <colgroup>
        <col />
        <col style={{ width: '13%' }} />
        <col style={{ width: '18%' }} />
        <col style={{ width: '16%' }} />
        <col style={{ width: '16%' }} />
        <col style={{ width: '9%' }} />
        <col className={styles['menuColumn']} />
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          <SortHead name="name" sort={sort} onSort={onSort} />
          <SortHead name="quantity" sort={sort} onSort={onSort} />
          <SortHead name="price" sort={sort} onSort={onSort} />
          <SortHead name="value" sort={sort} onSort={onSort} />
          <SortHead name="gain" sort={sort} onSort={onSort} />
          <SortHead name="weight" sort={sort} onSort={onSort} />
          <td>
            <span className="unseen">{text.holdings.actions}</span>
          </td>
        </tr>
      </thead>
      <tbody>
        <Spacer height={before} />
        {items.map(item => {
          const row = rows[item.index];
          return (
            row !== undefined && (
              <HoldingRow
                key={row.id}
                row={row}
                index={item.index}
                currency={currency}
                onAction={onAction}
                measure={virtualizer.measureElement}
              />
            )
          );
        })}
        <Spacer height={after} />
      </tbody>
    </table>
  );
}

/** The rows that are not in the document, as room. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr className={styles['spacer']} aria-hidden="true">
      <td colSpan={7} style={{ height }} />
    </tr>
  );
}
