import Big from 'big.js';
import type { Decimal } from '../api/types';

/** Digits after the point of quotients, as the server computes with. */
const DIGITS = 28;
const Exact = Big();
Exact.DP = DIGITS;
Exact.RM = Big.roundHalfEven;
Exact.NE = -1_000_000;
Exact.PE = 1_000_000;

const big = (value: Decimal) => new Exact(value);

/** A decimal as whole units of its last digit: sums of thousands of them take a few microseconds each. */
interface Units {
  units: bigint;
  digits: number;
}

function unitsOf(value: Decimal): Units {
  const plain = /e/i.test(value) ? big(value).toFixed() : value;
  const point = plain.indexOf('.');
  if (point === -1) return { units: BigInt(plain), digits: 0 };
  return { units: BigInt(plain.slice(0, point) + plain.slice(point + 1)), digits: plain.length - point - 1 };
}

/** The sum, digit by digit. */
export function sum(values: Iterable<Decimal>): Decimal {
  let total = 0n;
  let most = 0;
  for (const value of values) {
    const { units, digits } = unitsOf(value);
    if (digits > most) {
      total *= 10n ** BigInt(digits - most);
      most = digits;
    }
    total += digits === most ? units : units * 10n ** BigInt(most - digits);
  }
  const text = (total < 0n ? -total : total).toString().padStart(most + 1, '0');
  const whole = text.slice(0, text.length - most);
  const fraction = text.slice(text.length - most).replace(/0+$/, '');
  return `${total < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return big(a).times(b).toString();
}

/** Negative, 0 or positive, as `a` lies before, at or behind `b`. */
export function compare(a: Decimal, b: Decimal): number {
  return big(a).cmp(b);
}

export function sign(value: Decimal): -1 | 0 | 1 {
  const it = big(value);
  return it.eq(0) ? 0 : it.s === -1 ? -1 : 1;
}

export function absolute(value: Decimal): Decimal {
  return big(value).abs().toString();
}

/** `100 × (to − from) ÷ from`; null where nothing can be divided. */
export function percentChange(from: Decimal, to: Decimal): Decimal | null {
  const start = big(from);
  if (start.lte(0)) return null;
  return big(to).minus(start).times(100).div(start).toString();
}

/** `a ÷ b`; null where nothing can be divided. */
export function quotient(a: Decimal, b: Decimal): Decimal | null {
  return big(b).eq(0) ? null : big(a).div(b).toString();
}

/** `100 × part ÷ whole`; null where there is no whole. */
export function percentOf(part: Decimal, whole: Decimal): Decimal | null {
  const all = big(whole);
  return all.lte(0) ? null : big(part).times(100).div(all).toString();
}

/** A float, for the place of a pixel only. */
export function toPlot(value: Decimal): number {
  return big(value).toNumber();
}

/** The items by a decimal of each, those without one last in either direction; equals stay in their order. */
export function ordered<T>(
  items: readonly T[],
  valueOf: (item: T) => Decimal | null | undefined,
  direction: 'up' | 'down',
): T[] {
  const turn = direction === 'up' ? 1 : -1;
  const keyed = items.map(item => {
    const value = valueOf(item);
    return { item, key: value === null || value === undefined ? null : big(value) };
  });
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    return turn * a.key.cmp(b.key);
  });
  return keyed.map(each => each.item);
}
