import { useSummary } from '../../api/valuations';
import { Change } from '../../design/Change';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { CURRENCIES } from '../../format/currencies';
import { currencyName, formatMoney } from '../../format/money';
import { usePreference } from '../../preferences/preference';
import { totalCurrency } from '../../preferences/total-currency';
import { SourceNotes } from '../../shell/SourceNotes';
import { text } from '../../text';
import styles from './Total.module.css';
import { TotalNotes } from './TotalNotes';

/** What all portfolios are worth together, in a currency of choice. */
export function Total() {
  const [currency, setCurrency] = usePreference(totalCurrency);
  const summary = useSummary(currency);
  const data = summary.data;
  if (data === undefined && summary.error !== null) {
    return (
      <ErrorState
        title={text.errors.load(text.portfolios.whatTotal)}
        error={summary.error}
        onRetry={() => void summary.refetch()}
      />
    );
  }
  const total = data?.total_value ?? null;
  return (
    <section className={styles['total']} aria-label={text.portfolios.total} aria-busy={data === undefined}>
      <div className={styles['line']}>
        <p className={`number ${styles['number'] ?? ''}`}>
          {data === undefined ? (
            <Skeleton width="5.5em" height="0.85em" />
          ) : total === null ? (
            text.figures.noTotal
          ) : (
            formatMoney(total, data.currency)
          )}
        </p>
        <label className={styles['currency']}>
          <span className="unseen">{text.portfolios.currency}</span>
          <select value={currency} onChange={event => setCurrency(event.target.value)}>
            <option value="">
              {currency === '' && data !== undefined ? data.currency : text.portfolios.asTheServer}
            </option>
            {CURRENCIES.map(code => (
              <option key={code} value={code} title={currencyName(code)}>
                {code}
              </option>
            ))}
          </select>
        </label>
      </div>
      {data === undefined ? (
        <p>
          <Skeleton width="14rem" />
        </p>
      ) : (
        <>
          {data.gain !== null && (
            <p>
              <Change amount={data.gain} currency={data.currency} percent={data.gain_percent ?? null} />{' '}
              <span className="quiet">{text.figures.gainOnCost.toLowerCase()}</span>
            </p>
          )}
          <TotalNotes summary={data} />
          <SourceNotes />
        </>
      )}
    </section>
  );
}
