import { describe, expect, it } from 'vitest';
import { compare, percentChange, percentOf, sign, sum } from './decimal';

describe('decimals', () => {
  it('are summed digit by digit', () => {
    expect(sum(['0.1', '0.2'])).toBe('0.3');
    expect(sum(['9007199254740993', '0.0000000000000000001'])).toBe('9007199254740993.0000000000000000001');
    expect(sum(Array<string>(1000).fill('0.001'))).toBe('1');
    expect(sum([])).toBe('0');
    expect(sum(['-0.5', '0.25'])).toBe('-0.25');
    expect(sum(['-0.5', '0.50'])).toBe('0');
    expect(sum(['1e-7', '-3', '2.5E+1'])).toBe('22.0000001');
    expect(sum(['10', '-100'])).toBe('-90');
  });

  it('are never written with an exponent', () => {
    expect(sum(['0.00000000000000000001'])).toBe('0.00000000000000000001');
    expect(sum(['1000000000000000000000000'])).toBe('1000000000000000000000000');
  });

  it('are ordered by value and not as texts', () => {
    const values = ['10', '9', '-2', '0.5', '1e-7'];
    expect(values.sort(compare)).toEqual(['-2', '1e-7', '0.5', '9', '10']);
    expect([sign('-0.0'), sign('0'), sign('-1e-9'), sign('3')]).toEqual([0, 0, -1, 1]);
  });

  it('have no change from nothing', () => {
    expect(percentChange('0', '5')).toBeNull();
    expect(percentChange('-3', '5')).toBeNull();
    expect(percentChange('200', '150')).toBe('-25');
    expect(percentOf('1', '0')).toBeNull();
    expect(percentOf('1', '8')).toBe('12.5');
  });
});
