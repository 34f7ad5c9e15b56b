import type { Change, Decimal, PortfolioSummary } from '../../api/types';
import { useSummary, useValuation } from '../../api/valuations';
import { usePreference } from '../../preferences/preference';
import { totalCurrency } from '../../preferences/total-currency';

/** Up to so many holdings a row shows the value now; that of larger ones would be a large answer for one line. */
const MOST_HOLDINGS = 500;

export interface RowFigures {
  /** Undefined until it is known whether there is one. */
  value: Decimal | null | undefined;
  day: Change | null;
  gain: Decimal | null;
  gainPercent: Decimal | null;
  /** How many holdings have no price, as far as it is known. */
  unpriced: number;
}

/** The figures of a row, all of one instant: now where that is to be had, else the newest snapshot's. */
export function useRowFigures(portfolio: PortfolioSummary, enabled: boolean): RowFigures {
  const isSmall = portfolio.holding_count <= MOST_HOLDINGS;
  const now = useValuation(portfolio.id, { enabled: enabled && isSmall });
  const [currency] = usePreference(totalCurrency);
  const summary = useSummary(currency);
  const of = now.data ?? portfolio.latest_valuation;
  if (of === null) {
    // Never valued, and too large to ask for here: the summary has at least the value.
    const total = summary.data?.portfolios.find(each => each.id === portfolio.id)?.total_value;
    const isKnown = summary.data !== undefined || now.isError;
    return {
      value: total ?? (isKnown ? null : undefined),
      day: null,
      gain: null,
      gainPercent: null,
      unpriced: 0,
    };
  }
  return {
    value: of.total_value,
    day: of.changes?.['24h'] ?? null,
    gain: of.gain,
    gainPercent: of.gain_percent,
    unpriced: now.data?.coverage.unpriced ?? 0,
  };
}
