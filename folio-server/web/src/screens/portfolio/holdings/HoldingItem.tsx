import { memo } from 'react';
import { Link } from 'wouter';
import { Change } from '../../../design/Change';
import { cx } from '../../../design/cx';
import { assetPath } from '../../../format/asset';
import { formatMoney, formatQuantity } from '../../../format/money';
import { text } from '../../../text';
import type { OnAction } from '../actions';
import { HoldingMenu } from './HoldingMenu';
import styles from './Holdings.module.css';
import { PriceCell } from './PriceCell';
import type { Row } from './rows';
import { UnpricedNote } from './UnpricedNote';

interface Props {
  row: Row;
  index: number;
  count: number;
  offset: number;
  currency: string;
  onAction: OnAction;
  measure: (element: HTMLLIElement | null) => void;
}

/** A lot in two lines; a third says what is missing. */
export const HoldingItem = memo(function HoldingItem({
  row,
  index,
  count,
  offset,
  currency,
  onAction,
  measure,
}: Props) {
  const { valued } = row;
  const isUnpriced = valued.pricing.state === 'unpriced';
  return (
    <li
      ref={isUnpriced ? measure : undefined}
      data-index={index}
      data-holding={row.id}
      aria-posinset={index + 1}
      aria-setsize={count}
      className={styles['item']}
      style={{ position: 'absolute', insetInline: 0, transform: `translateY(${offset}px)` }}
    >
      <p className={cx(styles['itemName'], styles['name'])}>
        <Link href={assetPath(valued.asset)} className={styles['link'] ?? ''}>
          {row.name}
        </Link>
      </p>
      <p className={cx('number', styles['itemValue'])}>
        {valued.value === null ? (
          <span className={styles['reason']}>{text.holdings.noPrice}</span>
        ) : (
          formatMoney(valued.value, currency)
        )}
      </p>
      <div className={cx(styles['itemPrice'], styles['inline'], 'small')}>
        {isUnpriced ? (
          <span className="quiet">{formatQuantity(valued.quantity)}</span>
        ) : (
          <PriceCell row={row} />
        )}
      </div>
      <p className={styles['itemGain']}>{!isUnpriced && <Change percent={valued.gain_percent ?? null} />}</p>
      <div className={styles['itemMenu']}>
        <HoldingMenu row={row} currency={currency} onAction={onAction} />
      </div>
      {isUnpriced && (
        <div className={styles['itemNote']}>
          <UnpricedNote row={row} currency={currency} onAction={onAction} />
        </div>
      )}
    </li>
  );
});
