import { partsOf } from '../../../api/prices';
import type { HoldingAction } from '../actions';
import type { Row } from './rows';

export type RemedyKind = 'symbol' | 'price' | 'key' | 'edit' | 'held';
export interface Remedy {
  kind: RemedyKind;
  action: HoldingAction;
}

/** Which remedies fit a reason, the likeliest first. What mends itself still can be priced by hand. */
const BY_REASON: Readonly<Record<string, readonly RemedyKind[]>> = {
  not_found: ['symbol', 'price'],
  outdated: ['symbol', 'price'],
  no_data: ['price'],
  not_configured: ['key', 'price'],
  rate_limited: ['key', 'price'],
  pending: ['key', 'price'],
  timeout: ['price'],
  unavailable: ['price'],
  out_of_range: ['edit'],
  no_rate: [],
  quarantined: ['held', 'price'],
  not_in_book: [],
};

/** What a person can do about a holding without a price. */
export function remediesOf(row: Row, currency: string): Remedy[] {
  const { asset, pricing } = row.valued;
  const assetClass = partsOf(asset).class;
  const kinds =
    assetClass === 'custom' ? ['price' as const] : (BY_REASON[pricing.reason ?? ''] ?? ['price' as const]);
  return kinds.flatMap(kind => {
    const action = actionOf(kind);
    return action === null ? [] : [{ kind, action }];
  });

  function actionOf(kind: RemedyKind): HoldingAction | null {
    switch (kind) {
      case 'price':
        return { kind: 'price', asset, name: row.name, currency };
      case 'held':
        return { kind: 'held', asset, name: row.name };
      case 'key':
        return { kind: 'key', assetClass };
      case 'symbol':
        return row.lot === undefined ? null : { kind: 'edit', lot: row.lot, focus: 'asset' };
      case 'edit':
        return row.lot === undefined ? null : { kind: 'edit', lot: row.lot };
    }
  }
}
