import { useCallback, useMemo } from 'react';
import { partsOf, usePriceHistory } from '../../api/prices';
import type { Decimal, Quote } from '../../api/types';
import { Curve } from '../../charts/curve/Curve';
import { Choice } from '../../design/Choice';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { formatPrice } from '../../format/money';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import { instantsOf } from './instants';
import { RANGES, type PriceRange } from './ranges';

/** More points than any answer has: none is left out, so a hole is one. */
const ALL = 10_000;

interface Props {
  asset: string;
  quote: Quote | undefined;
  range: PriceRange;
  onRange: (range: PriceRange) => void;
}

/** How the price went, with its ranges below. */
export function PriceCurve({ asset, quote, range, onRange }: Props) {
  const history = usePriceHistory(asset, quote?.currency, range);
  const data = history.data;
  const instants = useMemo(() => instantsOf(data, quote), [data, quote]);
  const currency = data?.currency ?? '';
  const write = useCallback((price: Decimal) => formatPrice(price, currency), [currency]);
  // Markets rest at weekends; coins do not.
  const asked = partsOf(asset).class === 'crypto' ? ALL : null;
  return (
    <section aria-label={text.asset.history} className={styles['curve']}>
      {data === undefined ? (
        history.isPending ? (
          <div className={styles['loading']} aria-busy="true">
            <Skeleton height="100%" />
          </div>
        ) : (
          <div className="column">
            <ErrorState
              title={text.errors.load(text.asset.history)}
              error={history.error}
              onRetry={() => void history.refetch()}
            />
          </div>
        )
      ) : instants.length < 2 ? (
        <p className={`column quiet ${styles['short'] ?? ''}`}>{text.asset.noHistory}</p>
      ) : (
        <Curve
          instants={instants}
          asked={asked}
          write={write}
          label={text.asset.historyLabel}
          isOld={history.isPlaceholderData}
        />
      )}
      <div className="column">
        <div className={styles['ranges']}>
          <Choice
            label={text.ranges.label}
            value={range}
            onChange={onRange}
            options={RANGES.map(value => ({ value, label: text.asset.ranges[value] }))}
          />
        </div>
      </div>
    </section>
  );
}
