// The wire's types by the names that the rest of the page uses.
import type { components } from './schema';

type Schemas = components['schemas'];

/** A decimal as text. It stays one until it is formatted. */
export type Decimal = Schemas['Dec'];
export type AssetInfo = Schemas['AssetInfo'];
export type Change = Schemas['Change'];
export type Changes = Schemas['Changes'];
export type CurvePoint = Schemas['CurvePoint'];
export type Holding = Schemas['Holding'];
export type HoldingInput = Schemas['HoldingInput'];
export type HoldingPatch = Schemas['HoldingPatch'];
export type HoldingValuation = Schemas['HoldingValuation'];
export type Job = Schemas['Job'];
export type LatestValuation = Schemas['LatestValuation'];
export type ManualPriceInput = Schemas['ManualPriceInput'];
export type Notification = Schemas['Notification'];
export type Portfolio = Schemas['Portfolio'];
export type PortfolioHistory = Schemas['PortfolioHistory'];
export type PortfolioInput = Schemas['PortfolioInput'];
export type PortfolioPatch = Schemas['PortfolioPatch'];
export type PortfolioSummary = Schemas['Page_PortfolioSummary']['items'][number];
export type Pricing = Schemas['Pricing'];
export type Problem = Schemas['Problem'];
export type FieldProblem = Schemas['FieldProblem'];
export type Quote = Schemas['Quote'];
export type Session = Schemas['Session'];
export type Source = Schemas['Source'];
export type Status = Schemas['Status'];
export type Summary = Schemas['Summary'];
export type SummaryPortfolio = Schemas['SummaryPortfolio'];
export type Unpriced = Schemas['Unpriced'];
export type Valuation = Schemas['Valuation'];
