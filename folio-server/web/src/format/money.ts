import type { Decimal } from '../api/types';
import { absolute, compare } from './decimal';
import { numberFormat } from './locale';

/** `Intl` reads a text digit by digit; the type of its parameter only knows literals. */
const write = (format: Intl.NumberFormat, value: Decimal) =>
  format.format(value as Intl.StringNumericLiteral).replace('-', '−');

const SIGNED = { signDisplay: 'exceptZero' } as const;

function currencyOptions(currency: string): Intl.NumberFormatOptions {
  return { style: 'currency', currency, currencyDisplay: 'narrowSymbol' };
}

/** An amount with the decimals that its currency has. */
export function formatMoney(value: Decimal, currency: string): string {
  return write(numberFormat(currencyOptions(currency)), value);
}

/** An amount that says whether it went up or down. */
export function formatMoneyChange(value: Decimal, currency: string): string {
  return write(numberFormat({ ...currencyOptions(currency), ...SIGNED }), value);
}

/** An amount for a small place, such as 82.3K. */
export function formatMoneyShort(value: Decimal, currency: string): string {
  return write(
    numberFormat({ ...currencyOptions(currency), notation: 'compact', maximumFractionDigits: 1 }),
    value,
  );
}

/** The price of one unit. Below ten it has as many digits as it takes: a coin may cost 0.00001234. */
export function formatPrice(value: Decimal, currency: string): string {
  const size = absolute(value);
  const options = currencyOptions(currency);
  if (compare(size, '10') >= 0 || compare(size, '0') === 0) return write(numberFormat(options), value);
  const least = numberFormat(options).resolvedOptions().minimumFractionDigits ?? 0;
  if (compare(size, '1') >= 0) {
    return write(numberFormat({ ...options, maximumFractionDigits: Math.max(4, least) }), value);
  }
  // Zeros behind the point, up to the first digit that says something, and three more.
  const zeros = /^0\.(0*)/.exec(size)?.[1]?.length ?? 0;
  const most = Math.min(Math.max(zeros + 4, least), 20);
  return write(numberFormat({ ...options, maximumFractionDigits: most }), value);
}

/** How much is held, with every digit that matters. */
export function formatQuantity(value: Decimal): string {
  return write(numberFormat({ maximumFractionDigits: 12 }), value);
}

/** A share of a whole, such as 54.4 %. The value is in percent. */
export function formatShare(percent: Decimal): string {
  return write(
    numberFormat({ style: 'unit', unit: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    percent,
  );
}

/** A percentage as it was stated, such as 5 % or 2.5 %. */
export function formatPercent(percent: Decimal): string {
  return write(numberFormat({ style: 'unit', unit: 'percent', maximumFractionDigits: 4 }), percent);
}

/** A change with its sign, such as +1.62 %. The value is in percent. */
export function formatPercentChange(percent: Decimal): string {
  const options = {
    style: 'unit',
    unit: 'percent',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  } as const;
  return write(numberFormat({ ...options, ...SIGNED }), percent);
}

/** The name of a currency in the browser's language. */
export function currencyName(currency: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'currency' }).of(currency) ?? currency;
  } catch {
    return currency;
  }
}
