import type {
  Holding,
  HoldingValuation,
  Portfolio,
  PortfolioSummary,
  Pricing,
  Valuation,
} from '../api/types';

const AT = '2026-11-23T09:00:00Z';

export function aPricing(part: Partial<Pricing> = {}): Pricing {
  return {
    state: 'priced',
    source: 'coingecko',
    as_of: AT,
    fetched_at: AT,
    age_seconds: 0,
    reason: null,
    remedy: null,
    retry_at: null,
    ...part,
  };
}

export const unpricedBy = (reason: string) =>
  aPricing({
    state: 'unpriced',
    source: null,
    as_of: null,
    fetched_at: null,
    age_seconds: null,
    reason,
    remedy: 'Do it.',
  });

export function aHolding(part: Partial<HoldingValuation> & { asset: string }): HoldingValuation {
  const isUnpriced = part.pricing?.state === 'unpriced';
  return {
    holding_id: part.asset,
    info: null,
    quantity: '2',
    price: isUnpriced ? null : '50',
    price_currency: isUnpriced ? null : 'USD',
    fx: null,
    value: isUnpriced ? null : '100',
    cost: '80',
    cost_reason: null,
    gain: isUnpriced ? null : '20',
    gain_percent: isUnpriced ? null : '25',
    weight_percent: isUnpriced ? null : '50',
    pricing: aPricing(),
    ...part,
  };
}

export function aLot(part: Partial<Holding> & { asset: string }): Holding {
  return {
    id: part.asset,
    info: null,
    quantity: '2',
    unit_cost: '40',
    cost: '80',
    cost_currency: 'USD',
    acquired_on: null,
    account: null,
    tags: [],
    note: null,
    external_id: null,
    ...part,
  };
}

export function aValuation(holdings: HoldingValuation[], part: Partial<Valuation> = {}): Valuation {
  const unpriced = holdings.filter(each => each.pricing.state === 'unpriced').length;
  return {
    id: 'v1',
    portfolio_id: 'p1',
    as_of: AT,
    created_at: AT,
    trigger: 'live',
    base_currency: 'USD',
    policy: 'carry_forward',
    max_age: null,
    book_id: null,
    portfolio_version: 1,
    status: unpriced === 0 ? 'complete' : 'partial',
    total_value: '200',
    value_with_cost: '200',
    total_cost: '160',
    gain: '40',
    gain_percent: '25',
    excluded_cost: unpriced === 0 ? '0' : '500',
    changes: { '24h': null, '7d': null, '30d': null, '1y': null },
    coverage: {
      priced: holdings.length - unpriced,
      carried: 0,
      unpriced,
      without_cost: 0,
      percent_by_cost: null,
    },
    holdings,
    ...part,
  };
}

export function aPortfolio(lots: Holding[], part: Partial<Portfolio> = {}): Portfolio {
  return {
    id: 'p1',
    owner: 'admin',
    name: 'Core',
    base_currency: 'USD',
    time_zone: 'UTC',
    policy: 'carry_forward',
    tags: [],
    note: null,
    archived: false,
    holdings: lots,
    version: 3,
    created_at: '2026-08-25T07:00:00Z',
    updated_at: AT,
    ...part,
  };
}

export function aSummary(part: Partial<PortfolioSummary> = {}): PortfolioSummary {
  return {
    id: 'p1',
    name: 'Core',
    base_currency: 'USD',
    holding_count: 6,
    archived: false,
    version: 3,
    created_at: '2026-08-25T07:00:00Z',
    updated_at: AT,
    latest_valuation: null,
    ...part,
  };
}
