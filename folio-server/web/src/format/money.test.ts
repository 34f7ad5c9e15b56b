import { describe, expect, it } from 'vitest';
import { readDecimal } from './input';
import { setLocale } from './locale';
import {
  formatMoney,
  formatMoneyChange,
  formatPercentChange,
  formatPrice,
  formatQuantity,
  formatShare,
} from './money';

/** Spaces that do not break, as `Intl` writes them, are plain ones in the expectations. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('money', () => {
  it('has the decimals of its currency', () => {
    expect(formatMoney('1234.5', 'USD')).toBe('$1,234.50');
    expect(formatMoney('1234.5', 'JPY')).toBe('¥1,235');
    expect(plain(formatMoney('1234.5', 'KWD'))).toBe('KWD 1,234.500');
    expect(plain(formatMoney('-3', 'CHF'))).toBe('−CHF 3.00');
  });

  it('follows the locale', () => {
    setLocale('de-DE');
    expect(plain(formatMoney('47807.637220692378', 'EUR'))).toBe('47.807,64 €');
    expect(plain(formatPercentChange('1.6204'))).toBe('+1,62 %');
  });

  it('keeps digits that a float would lose', () => {
    expect(formatMoney('9007199254740993.01', 'USD')).toBe('$9,007,199,254,740,993.01');
    expect(formatQuantity('0.123456789012')).toBe('0.123456789012');
  });

  it('says the sign of a change, and none of none', () => {
    expect(formatMoneyChange('12.3', 'USD')).toBe('+$12.30');
    expect(formatMoneyChange('-12.3', 'USD')).toBe('−$12.30');
    expect(formatMoneyChange('0', 'USD')).toBe('$0.00');
    expect(formatPercentChange('-0.001')).toBe('0.00%');
    expect(formatShare('54.4057')).toBe('54.4%');
  });
});

describe('prices', () => {
  it('stay legible far below a cent', () => {
    expect(formatPrice('0.0000123456', 'USD')).toBe('$0.00001235');
    expect(formatPrice('0.5125', 'USD')).toBe('$0.5125');
    expect(formatPrice('0.5', 'USD')).toBe('$0.50');
    expect(formatPrice('0.5', 'JPY')).toBe('¥0.5');
  });

  it('have the decimals of their currency otherwise', () => {
    expect(formatPrice('64236.4', 'USD')).toBe('$64,236.40');
    expect(formatPrice('1.09185', 'USD')).toBe('$1.0919');
    expect(formatPrice('1', 'USD')).toBe('$1.00');
    expect(formatPrice('0', 'USD')).toBe('$0.00');
  });
});

describe('what a person types', () => {
  it('is read in their own spelling', () => {
    expect(readDecimal(' 1,234.5 ')).toEqual({ value: '1234.5' });
    expect(readDecimal('−2')).toEqual({ value: '-2' });
    expect(readDecimal('1e-8')).toEqual({ value: '1e-8' });
    setLocale('de-DE');
    expect(readDecimal('1.234,5')).toEqual({ value: '1234.5' });
    expect(readDecimal('0,5')).toEqual({ value: '0.5' });
    expect(readDecimal('0.5')).toEqual({ value: '0.5' });
  });

  it('is never guessed', () => {
    setLocale('de-DE');
    expect(readDecimal('1.234')).toEqual({ ambiguous: true });
    setLocale('en-US');
    expect(readDecimal('1,5')).toEqual({ value: '1,5' });
    expect(readDecimal('abc')).toEqual({ value: 'abc' });
  });
});
