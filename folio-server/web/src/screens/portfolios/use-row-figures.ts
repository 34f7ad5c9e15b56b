import type { Change, Decimal, PortfolioSummary } from '../../api/types';
import { useValuation } from '../../api/valuations';

/** Up to so many holdings a row shows the value now; that of larger ones would be a large answer for one line. */
const MOST_HOLDINGS = 500;

export interface RowFigures {
  value: Decimal | null;
  day: Change | null;
  gain: Decimal | null;
  gainPercent: Decimal | null;
  /** How many holdings have no price, as far as it is known. */
  unpriced: number;
}

/** The figures of a row, all of one instant: now where that is to be had, else the newest snapshot's. */
export function useRowFigures(portfolio: PortfolioSummary, enabled: boolean): RowFigures {
  const now = useValuation(portfolio.id, {
    enabled: enabled && portfolio.holding_count <= MOST_HOLDINGS,
  }).data;
  const of = now ?? portfolio.latest_valuation;
  return {
    value: of?.total_value ?? null,
    day: of?.changes?.['24h'] ?? null,
    gain: of?.gain ?? null,
    gainPercent: of?.gain_percent ?? null,
    unpriced: now?.coverage.unpriced ?? 0,
  };
}
