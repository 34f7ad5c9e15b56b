import { memo } from 'react';
import { Change } from '../../../design/Change';
import { cx } from '../../../design/cx';
import { formatMoney, formatQuantity, formatShare } from '../../../format/money';
import type { OnAction } from '../actions';
import { CostReason } from './CostReason';
import { HoldingMenu } from './HoldingMenu';
import styles from './Holdings.module.css';
import { HoldingName } from './HoldingName';
import { PriceCell } from './PriceCell';
import type { Row } from './rows';
import { UnpricedNote } from './UnpricedNote';

interface Props {
  row: Row;
  index: number;
  currency: string;
  onAction: OnAction;
  measure: (element: HTMLTableRowElement | null) => void;
}

/**
 * A lot. Where there is no price, the reason and what to do stand in the place of the numbers.
 *
 * Rows are drawn while the page scrolls, so one that is there already is not drawn again.
 */
export const HoldingRow = memo(function HoldingRow({ row, index, currency, onAction, measure }: Props) {
  const { valued } = row;
  // Only the height of these varies: words wrap.
  const isUnpriced = valued.pricing.state === 'unpriced';
  return (
    <tr
      ref={isUnpriced ? measure : undefined}
      data-index={index}
      data-holding={row.id}
      aria-rowindex={index + 2}
    >
      <td>
        <HoldingName row={row} />
      </td>
      <td className={cx('number', styles['right'])}>{formatQuantity(valued.quantity)}</td>
      {isUnpriced ? (
        <td colSpan={4}>
          <UnpricedNote row={row} currency={currency} onAction={onAction} />
        </td>
      ) : (
        <>
          <td className={styles['right']}>
            <PriceCell row={row} />
          </td>
          <td className={cx('number', styles['right'])}>
            {valued.value !== null && formatMoney(valued.value, currency)}
          </td>
          <td className={styles['right']}>
            <Change amount={valued.gain ?? null} currency={currency} />
            {valued.gain === null ? (
              <CostReason row={row} />
            ) : (
              <Change className={styles['second']} percent={valued.gain_percent ?? null} />
            )}
          </td>
          <td className={cx('number', styles['right'], 'quiet')}>
            {valued.weight_percent !== null && formatShare(valued.weight_percent)}
          </td>
        </>
      )}
      <td className={styles['right']}>
        <HoldingMenu row={row} currency={currency} onAction={onAction} />
      </td>
    </tr>
  );
});
