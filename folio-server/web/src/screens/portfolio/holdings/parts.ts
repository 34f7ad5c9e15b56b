import type { OnAction } from '../actions';
import type { Row, Sort } from './rows';

/** What the table and the list of a phone are given. */
export interface HoldingsParts {
  rows: readonly Row[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** The portfolio's. */
  currency: string;
  onAction: OnAction;
}
