import { useCallback, useMemo } from 'react';
import type { Range } from '../../../api/ranges';
import type { Decimal, PortfolioHistory, Valuation } from '../../../api/types';
import { useHistory } from '../../../api/valuations';
import { ErrorState } from '../../../design/ErrorState';
import { Skeleton } from '../../../design/Skeleton';
import { formatMoney } from '../../../format/money';
import { text } from '../../../text';
import { Curve } from '../../../charts/curve/Curve';
import styles from './CurveSection.module.css';
import { instantsOf } from './instants';
import { PastMissing } from './PastMissing';
import { RangeChoice } from './RangeChoice';

/** As many points as a wide screen can tell apart at two pixels each. */
const POINTS = 500;

/** What is younger has no course yet: a line from edge to edge would show minutes as if they were days. */
const SHORTEST = 15 * 60_000;

interface Props {
  id: string;
  range: Range;
  onRange: (range: Range) => void;
  valuation: Valuation | undefined;
}

/** The curve with its ranges below. */
export function CurveSection({ id, range, onRange, valuation }: Props) {
  const history = useHistory(id, range, POINTS);
  const data = history.data;
  const instants = useMemo(() => instantsOf(data?.points ?? [], valuation), [data, valuation]);
  const currency = data?.currency ?? '';
  const write = useCallback((value: Decimal) => formatMoney(value, currency), [currency]);
  return (
    <section aria-label={text.curve.title} className={styles['section']}>
      {data === undefined ? (
        history.isPending ? (
          <div className={styles['loading']} aria-busy="true">
            <Skeleton height="100%" />
          </div>
        ) : (
          <div className="column">
            <ErrorState
              title={text.errors.load(text.curve.title)}
              error={history.error}
              onRetry={() => void history.refetch()}
            />
          </div>
        )
      ) : spanOf(data, valuation) < SHORTEST ? (
        <p className={`column quiet ${styles['short'] ?? ''}`}>{text.curve.tooShort}</p>
      ) : (
        <Curve
          instants={instants}
          asked={POINTS}
          write={write}
          label={text.curve.label}
          isOld={history.isPlaceholderData}
        />
      )}
      <div className="column">
        <RangeChoice range={range} onRange={onRange} valuation={valuation} />
        {data !== undefined && data.missing.length > 0 && <PastMissing missing={data.missing} />}
      </div>
    </section>
  );
}

/** How long the curve is, in milliseconds. */
function spanOf(history: PortfolioHistory, valuation: Valuation | undefined): number {
  const first = history.points[0]?.as_of;
  const last = valuation?.as_of ?? history.points.at(-1)?.as_of;
  return first === undefined || last === undefined ? 0 : Date.parse(last) - Date.parse(first);
}
