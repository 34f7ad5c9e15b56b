// Names of what the query cache holds. A prefix invalidates everything below it.
export const keys = {
  session: ['session'] as const,
  portfolios: ['portfolios'] as const,
  portfolioList: ['portfolios', 'list'] as const,
  portfolio: (id: string) => ['portfolios', id] as const,
  /** The portfolio itself, as opposed to what is below it. */
  portfolioDetail: (id: string) => ['portfolios', id, 'detail'] as const,
  /** The value now. */
  valuation: (id: string) => ['portfolios', id, 'valuation'] as const,
  history: (id: string, range: string, points: number) =>
    ['portfolios', id, 'history', range, points] as const,
  histories: (id: string) => ['portfolios', id, 'history'] as const,
  snapshotAt: (id: string, range: string) => ['portfolios', id, 'snapshot-at', range] as const,
  summaries: ['summary'] as const,
  summary: (currency: string) => ['summary', currency] as const,
  quotes: (asset: string) => ['quote', asset] as const,
  /** In the currency that the asset trades in. */
  quote: (asset: string) => ['quote', asset, ''] as const,
  priceHistory: (asset: string, currency: string, range: string) =>
    ['price-history', asset, currency, range] as const,
  manualPrice: (asset: string) => ['manual-price', asset] as const,
  quarantine: ['quarantine'] as const,
  rules: (id: string) => ['rules', id] as const,
  archived: ['portfolios', 'archived'] as const,
  channels: ['channels'] as const,
  schedule: ['schedule'] as const,
  tokens: ['tokens'] as const,
  job: (id: string) => ['job', id] as const,
  notifications: ['notifications'] as const,
  sources: ['sources'] as const,
  asset: (asset: string) => ['asset', asset] as const,
  assets: (query: string) => ['assets', query] as const,
};
