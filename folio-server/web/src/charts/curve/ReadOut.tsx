import type { Decimal } from '../../api/types';
import { formatPercentChange } from '../../format/money';
import { percentChange } from '../../format/decimal';
import { formatDay } from '../../format/time';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './Curve.module.css';
import type { Instant } from './plot';

interface Props {
  instant: Instant;
  write: (value: Decimal) => string;
  /** Where it is, as shares of the area; without a value there is no height. */
  left: number;
  top: number | null;
}

/** A hairline at an instant, and beside it what was known then. */
export function ReadOut({ instant, write, left, top }: Props) {
  const times = useTimes();
  const qualities = qualitiesOf(instant);
  return (
    <>
      <div className={styles['hairline']} style={{ left: `${left * 100}%` }} />
      {top !== null && (
        <div className={styles['dot']} style={{ left: `${left * 100}%`, top: `${top * 100}%` }} />
      )}
      <div className={styles['readOut']} style={{ left: `${left * 100}%`, translate: `${-left * 100}% 0` }}>
        <span className={`number ${styles['readValue'] ?? ''}`}>
          {instant.value === null ? text.curve.noValue : write(instant.value)}
        </span>
        <span className="quiet number">
          {[whenText(instant, times.instant), costText(instant, write), ...qualities]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </div>
    </>
  );
}

/** A day that was worked out is a day in UTC and has no time. */
function whenText(instant: Instant, when: (at: string) => string): string {
  return instant.isDay ? formatDay(instant.at, 'utc') : when(instant.at);
}

function costText(instant: Instant, write: (value: Decimal) => string): string | null {
  if (instant.cost === null) return null;
  const percent = instant.valueWithCost === null ? null : percentChange(instant.cost, instant.valueWithCost);
  const cost = text.curve.cost(write(instant.cost));
  return percent === null ? cost : `${cost}, ${formatPercentChange(percent)}`;
}

function qualitiesOf(instant: Instant): string[] {
  return [
    ...(instant.isPartial && instant.value !== null ? [text.curve.partial] : []),
    ...(instant.origin === 'reconstructed' ? [text.curve.reconstructed] : []),
    ...(instant.origin === 'live' ? [text.curve.now] : []),
  ];
}

/** The same for those who listen. */
export function readOutText(
  instant: Instant,
  write: (value: Decimal) => string,
  when: (at: string) => string,
): string {
  const value = instant.value === null ? text.curve.noValue : write(instant.value);
  return [whenText(instant, when), value, costText(instant, write), ...qualitiesOf(instant)]
    .filter(Boolean)
    .join(', ');
}
