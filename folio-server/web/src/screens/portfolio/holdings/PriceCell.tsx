import { useState } from 'react';
import { cx } from '../../../design/cx';
import { formatPrice } from '../../../format/money';
import { useTimes } from '../../../format/use-times';
import { text } from '../../../text';
import styles from './Holdings.module.css';
import type { Row } from './rows';

/** The price with its age and who said it. A price that has moved is tinted for a moment. */
export function PriceCell({ row }: { row: Row }) {
  const { age, instant } = useTimes();
  const { price, price_currency: currency, pricing } = row.valued;
  const [last, setLast] = useState(price);
  const [moves, setMoves] = useState(0);
  if (price !== last) {
    setLast(price);
    setMoves(moves + 1);
  }
  if (price === null || currency === null) return null;
  const isCarried = pricing.state === 'carried';
  const old = pricing.as_of === null ? null : age(pricing.as_of);
  const when = old === null ? null : isCarried ? text.time.old(old) : text.time.ago(old);
  const why = isCarried && pricing.reason ? text.reasons.short[pricing.reason] : null;
  return (
    <>
      <span key={moves} className={cx('number', moves > 0 && styles['tint'])}>
        {formatPrice(price, currency)}
      </span>
      <span
        className={cx(styles['second'], isCarried && styles['carried'])}
        title={pricing.as_of ? text.figures.asOf(instant(pricing.as_of)) : undefined}
      >
        {pricing.source === null
          ? text.holdings.inItself
          : [when, why ?? pricing.source].filter(Boolean).join(' · ')}
      </span>
    </>
  );
}
