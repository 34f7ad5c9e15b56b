import type { ManualPrice } from '../../api/types';
import { formatPrice } from '../../format/money';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './AssetScreen.module.css';

/** The price, since when, until when, and whether it counts. */
export function ManualPriceText({ price, used }: { price: ManualPrice; used: boolean }) {
  const { day, instant, now } = useTimes();
  const words = text.asset.manual;
  const until = price.valid_until;
  const isOver = until !== null && Date.parse(until) <= now;
  const lasts =
    until === null ? words.always : isOver ? words.expired(instant(until)) : words.until(instant(until));
  return (
    <p>
      <span className="number">{formatPrice(price.price, price.currency)}</span>
      {', '}
      {words.stated(day(price.as_of))}
      {', '}
      <span className={isOver ? styles['notice'] : undefined}>{lasts}</span>
      {'. '}
      {!used && !isOver && <span className="quiet">{words.unused}</span>}
    </p>
  );
}
