import type { UseQueryResult } from '@tanstack/react-query';
import type { Range } from '../../api/ranges';
import type { Portfolio, Valuation } from '../../api/types';
import { Change } from '../../design/Change';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { formatMoney } from '../../format/money';
import { SourceNotes } from '../../shell/SourceNotes';
import { text } from '../../text';
import { CoverageNotes } from './CoverageNotes';
import styles from './PortfolioScreen.module.css';
import { partsOf } from '../../api/prices';

interface Props {
  valuation: UseQueryResult<Valuation>;
  portfolio: Portfolio;
  range: Range;
  onShow: (holdingId: string) => void;
}

/** The total, how it moved, and right below what it leaves out. */
export function Headline({ valuation, portfolio, range, onShow }: Props) {
  const data = valuation.data;
  if (data === undefined && valuation.error !== null) {
    return (
      <div className="column">
        <ErrorState
          title={text.errors.load(text.portfolio.whatValue)}
          error={valuation.error}
          onRetry={() => void valuation.refetch()}
        />
      </div>
    );
  }
  const classes = new Set(portfolio.holdings.map(lot => partsOf(lot.asset).class));
  return (
    <section
      className={`column ${styles['headline'] ?? ''}`}
      aria-label={text.portfolio.total}
      aria-busy={!data}
    >
      <div>
        <p className={`number ${styles['total'] ?? ''}`}>
          {data === undefined ? (
            <Skeleton width="5.5em" height="0.85em" />
          ) : data.total_value === null ? (
            text.figures.noTotal
          ) : (
            formatMoney(data.total_value, data.base_currency)
          )}
        </p>
        <p className={styles['change']}>
          {data === undefined ? <Skeleton width="16rem" /> : <RangeChange valuation={data} range={range} />}
        </p>
      </div>
      {data !== undefined && <Figures valuation={data} />}
      <div className={styles['notes']}>
        {portfolio.archived && <p className="quiet">{text.portfolios.isArchived}</p>}
        {data !== undefined && <CoverageNotes valuation={data} portfolio={portfolio} onShow={onShow} />}
        <SourceNotes classes={classes} />
      </div>
    </section>
  );
}

/** How the total moved over the range, in words; where that is not known, why. */
function RangeChange({ valuation, range }: { valuation: Valuation; range: Range }) {
  const { base_currency: currency } = valuation;
  if (valuation.total_value === null) return <span className={styles['why']}>{text.figures.noTotalWhy}</span>;
  const change =
    range === 'all'
      ? valuation.gain && { amount: valuation.gain, percent: valuation.gain_percent }
      : valuation.changes?.[range];
  if (!change) {
    const why = range === 'all' ? 'cost' : valuation.coverage.unpriced > 0 ? 'unpriced' : 'short';
    return <span className={styles['why']}>{text.ranges.unknown[why](text.ranges.long[range])}</span>;
  }
  return (
    <>
      <Change amount={change.amount} currency={currency} percent={change.percent} />{' '}
      <span className="quiet">{text.ranges.long[range]}</span>
    </>
  );
}

function Figures({ valuation }: { valuation: Valuation }) {
  const { total_cost: cost, gain, gain_percent: percent, base_currency: currency } = valuation;
  return (
    <dl className={styles['figures']}>
      <div className={styles['figure']}>
        <dt>{text.figures.cost}</dt>
        <dd className="number">{cost === null ? <Change /> : formatMoney(cost, currency)}</dd>
      </div>
      <div className={styles['figure']}>
        <dt>{text.figures.gain}</dt>
        <dd>
          <Change amount={gain} currency={currency} percent={percent} />
        </dd>
      </div>
    </dl>
  );
}
