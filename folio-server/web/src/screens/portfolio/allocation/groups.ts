import { partsOf } from '../../../api/prices';
import type { Decimal, HoldingValuation, Valuation } from '../../../api/types';
import { multiply, ordered, percentChange, percentOf, quotient, sum } from '../../../format/decimal';
import { text } from '../../../text';
import type { Row } from '../holdings/rows';

export const GROUPINGS = ['asset', 'class', 'account', 'tag'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Part of a portfolio: what goes by one name under a grouping. */
export interface Group {
  key: string;
  name: string;
  /** In the portfolio's currency; null where none of it has a price. */
  value: Decimal | null;
  /** Of all that has a price. Worked out when it is read: of hundreds of groups few are on the screen. */
  readonly share: Decimal | null;
  /** How its prices changed, in percent; null where that is not known of all of it. Worked out when it is read. */
  readonly change: Decimal | null;
  /** How many of its holdings have no price. */
  unpriced: number;
}

/** The rows by name, the largest part first. A lot with several tags counts under each of them. */
export function groupsOf(rows: readonly Row[], grouping: Grouping, changeOf: ChangeOf): Group[] {
  const parts = new Map<string, { name: string; rows: Row[] }>();
  for (const row of rows) {
    for (const { key, name } of namesOf(row, grouping)) {
      const part = parts.get(key);
      if (part === undefined) parts.set(key, { name, rows: [row] });
      else part.rows.push(row);
    }
  }
  const total = sum(rows.flatMap(row => row.valued.value ?? []));
  const groups = [...parts].map(([key, part]): Group => {
    const values = part.rows.flatMap(row => row.valued.value ?? []);
    const value = values.length === 0 ? null : sum(values);
    return {
      key,
      name: part.name,
      value,
      get share() {
        return value === null ? null : percentOf(value, total);
      },
      get change() {
        return changeOf(part.rows);
      },
      unpriced: part.rows.length - values.length,
    };
  });
  return ordered(groups, group => group.value, 'down');
}

function namesOf(row: Row, grouping: Grouping): { key: string; name: string }[] {
  const { asset } = row.valued;
  const assetClass = partsOf(asset).class;
  switch (grouping) {
    case 'asset':
      return [{ key: asset, name: row.name }];
    case 'class':
      return [{ key: assetClass, name: text.classes[assetClass] ?? assetClass }];
    case 'account':
      return [named(row.lot?.account, text.allocation.noAccount)];
    case 'tag': {
      const tags = row.lot?.tags ?? [];
      return tags.length === 0 ? [named(null, text.allocation.noTag)] : tags.map(tag => named(tag, ''));
    }
  }
}

/** A key that no name can have stands for those without one. */
const named = (name: string | null | undefined, none: string) =>
  name === null || name === undefined ? { key: '\u0000', name: none } : { key: name, name };

export type ChangeOf = (rows: readonly Row[]) => Decimal | null;

/** The gain on the cost of lots, since they were bought; null unless all have one. */
export const changeSincePurchase: ChangeOf = rows => {
  const costs: Decimal[] = [];
  const values: Decimal[] = [];
  for (const { valued } of rows) {
    if (valued.cost === null || valued.value === null) return null;
    costs.push(valued.cost);
    values.push(valued.value);
  }
  return percentChange(sum(costs), sum(values));
};

/**
 * How the prices of lots changed since a snapshot, at the quantities of now, so that a purchase is no gain.
 * Null unless each asset has a price at both ends.
 */
export function changeSince(snapshot: Valuation | null | undefined): ChangeOf {
  const then = new Map<string, HoldingValuation>();
  for (const held of snapshot?.holdings ?? []) {
    if (held.value === null) continue;
    then.set(held.holding_id, held);
    if (!then.has(held.asset)) then.set(held.asset, held);
  }
  return rows => {
    const before: Decimal[] = [];
    const after: Decimal[] = [];
    for (const { valued } of rows) {
      // The lot itself, or one that was added since: then another lot of the asset tells its price.
      const same = then.get(valued.holding_id);
      const old = same?.asset === valued.asset ? same : then.get(valued.asset);
      const value = old === undefined ? null : valueAt(old, valued.quantity);
      if (value === null || valued.value === null) return null;
      before.push(value);
      after.push(valued.value);
    }
    return percentChange(sum(before), sum(after));
  };
}

/** What a lot would be worth at another quantity. */
function valueAt(held: HoldingValuation, quantity: Decimal): Decimal | null {
  if (held.value === null || held.quantity === quantity) return held.value;
  const unit = quotient(held.value, held.quantity);
  return unit === null ? null : multiply(unit, quantity);
}
