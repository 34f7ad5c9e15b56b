import type { Holding, HoldingValuation, Portfolio, Valuation } from '../../../api/types';
import { assetName, assetTicker } from '../../../format/asset';
import { ordered, quotient } from '../../../format/decimal';

/** A lot with what it is worth. */
export interface Row {
  id: string;
  name: string;
  ticker: string;
  valued: HoldingValuation;
  /** What the owner stated; absent for a moment while the two answers are of different versions. */
  lot: Holding | undefined;
}

export const SORT_KEYS = ['name', 'quantity', 'price', 'value', 'gain', 'weight'] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export interface Sort {
  key: SortKey;
  direction: 'up' | 'down';
}

export function rowsOf(valuation: Valuation, portfolio: Portfolio | undefined): Row[] {
  const lots = new Map(portfolio?.holdings.map(lot => [lot.id, lot]));
  return (valuation.holdings ?? []).map(valued => {
    const lot = lots.get(valued.holding_id);
    const info = valued.info ?? lot?.info;
    return {
      id: valued.holding_id,
      name: assetName(valued.asset, info),
      ticker: assetTicker(valued.asset, info),
      valued,
      lot,
    };
  });
}

/** What is not known stands last, whichever way it is sorted: it is neither the least nor the most. */
export function sortRows(rows: readonly Row[], { key, direction }: Sort): Row[] {
  switch (key) {
    case 'name': {
      const turn = direction === 'up' ? 1 : -1;
      const order = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
      return rows.toSorted((a, b) => turn * order.compare(a.name, b.name));
    }
    case 'quantity':
      return ordered(rows, row => row.valued.quantity, direction);
    case 'price':
      // In the portfolio's currency: prices in several currencies have no order.
      return ordered(
        rows,
        row => (row.valued.value ? quotient(row.valued.value, row.valued.quantity) : null),
        direction,
      );
    case 'value':
      return ordered(rows, row => row.valued.value, direction);
    case 'gain':
      return ordered(rows, row => row.valued.gain, direction);
    case 'weight':
      return ordered(rows, row => row.valued.weight_percent, direction);
  }
}
