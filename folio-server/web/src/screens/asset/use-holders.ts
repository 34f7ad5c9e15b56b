import { useQueries } from '@tanstack/react-query';
import { portfolioQuery, usePortfolios } from '../../api/portfolios';
import type { Decimal, HoldingValuation, PortfolioSummary, Valuation } from '../../api/types';
import { valuationQuery } from '../../api/valuations';
import { sum } from '../../format/decimal';

/** What one portfolio has of an asset, all its lots together. */
export interface Holder {
  id: string;
  name: string;
  quantity: Decimal;
  currency: string;
  /** Undefined until the portfolio's valuation is there; null where it is not known. */
  value: Decimal | null | undefined;
  gain: Decimal | null | undefined;
  weight: Decimal | null | undefined;
}

export interface Holders {
  holders: Holder[];
  isPending: boolean;
  error: unknown;
  /** The names of the portfolios that could not be looked at. */
  failed: string[];
}

/** Who holds an asset. Only portfolios that do are asked for their value. */
export function useHolders(asset: string): Holders {
  const portfolios = usePortfolios();
  const list = portfolios.data ?? [];
  const details = useQueries({ queries: list.map(each => portfolioQuery(each.id)) });
  const held = list.flatMap((portfolio, index) => {
    const quantities = (details[index]?.data?.holdings ?? [])
      .filter(lot => lot.asset === asset)
      .map(lot => lot.quantity);
    return quantities.length === 0 ? [] : [{ portfolio, quantity: sum(quantities) }];
  });
  const valuations = useQueries({ queries: held.map(each => valuationQuery(each.portfolio.id)) });
  return {
    holders: held.map((each, index) =>
      holderOf(each.portfolio, each.quantity, asset, valuations[index]?.data, valuations[index]?.isError),
    ),
    isPending: portfolios.isPending || details.some(each => each.isPending),
    error: portfolios.error,
    failed: list.filter((_, index) => details[index]?.isError === true).map(each => each.name),
  };
}

function holderOf(
  portfolio: PortfolioSummary,
  quantity: Decimal,
  asset: string,
  valuation: Valuation | undefined,
  isLost: boolean | undefined,
): Holder {
  const lots = (valuation?.holdings ?? []).filter(each => each.asset === asset);
  const all = (of: (lot: HoldingValuation) => Decimal | null) => {
    if (valuation === undefined) return isLost === true ? null : undefined;
    const parts = lots.map(of);
    const known = parts.filter(part => part !== null);
    return known.length === 0 || known.length < parts.length ? null : sum(known);
  };
  return {
    id: portfolio.id,
    name: portfolio.name,
    quantity,
    currency: portfolio.base_currency,
    value: all(lot => lot.value),
    gain: all(lot => lot.gain),
    weight: all(lot => lot.weight_percent),
  };
}
