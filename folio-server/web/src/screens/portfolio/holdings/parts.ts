import type { OnAction } from '../actions';
import type { Row, Sort } from './rows';
import type { Target } from './use-target';

/** What the table and the list of a phone are given. */
export interface HoldingsParts {
  rows: readonly Row[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** The portfolio's. */
  currency: string;
  onAction: OnAction;
  target: Target | null;
}
