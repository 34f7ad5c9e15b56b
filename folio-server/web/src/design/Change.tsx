import type { Decimal } from '../api/types';
import { sign } from '../format/decimal';
import { formatMoneyChange, formatPercentChange } from '../format/money';
import { text } from '../text';
import { cx } from './cx';

interface Props {
  amount?: Decimal | null;
  currency?: string;
  percent?: Decimal | null;
  className?: string | undefined;
}

/** A change: sign, colour, and for those who listen the word. What is not known is a dash, never 0. */
export function Change({ amount, currency, percent, className }: Props) {
  const deciding = amount ?? percent;
  if (deciding === null || deciding === undefined) {
    return (
      <span className={cx('quiet', className)}>
        <span aria-hidden="true">{text.app.unknown}</span>
        <span className="unseen">{text.app.unknownSpoken}</span>
      </span>
    );
  }
  const direction = sign(deciding);
  const word = direction > 0 ? text.change.up : direction < 0 ? text.change.down : text.change.same;
  const hasAmount = amount !== null && amount !== undefined && currency !== undefined;
  const hasPercent = percent !== null && percent !== undefined;
  return (
    <span className={cx('number', direction > 0 && 'gain', direction < 0 && 'loss', className)}>
      <span className="unseen">{word} </span>
      {hasAmount && formatMoneyChange(amount, currency)}
      {hasAmount && hasPercent && ' '}
      {hasPercent && (hasAmount ? `(${formatPercentChange(percent)})` : formatPercentChange(percent))}
    </span>
  );
}
