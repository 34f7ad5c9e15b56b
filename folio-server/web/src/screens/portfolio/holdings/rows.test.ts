import { expect, it } from 'vitest';
import { aHolding, aLot, aPortfolio, aValuation, unpricedBy } from '../../../test/samples';
import { remediesOf } from './remedies';
import { rowsOf, sortRows, type Sort } from './rows';

const rows = rowsOf(
  aValuation([
    aHolding({ asset: 'crypto:b', value: '9', gain: '-3' }),
    aHolding({ asset: 'crypto:missing', pricing: unpricedBy('not_found') }),
    aHolding({ asset: 'crypto:a', value: '10', gain: null, cost: null, quantity: '100' }),
    aHolding({ asset: 'stock:C2', value: '0.5', gain: '1' }),
  ]),
  aPortfolio([aLot({ asset: 'crypto:missing' })]),
);
const order = (sort: Sort) => sortRows(rows, sort).map(row => row.name);

it('sorts by value and not by text', () => {
  expect(order({ key: 'value', direction: 'down' })).toEqual(['a', 'b', 'C2', 'missing']);
  expect(order({ key: 'name', direction: 'up' })).toEqual(['a', 'b', 'C2', 'missing']);
  expect(order({ key: 'name', direction: 'down' })).toEqual(['missing', 'C2', 'b', 'a']);
  expect(order({ key: 'quantity', direction: 'down' })[0]).toBe('a');
});

it('has what is not known last, whichever way', () => {
  expect(order({ key: 'value', direction: 'up' })).toEqual(['C2', 'b', 'a', 'missing']);
  expect(order({ key: 'gain', direction: 'up' })).toEqual(['b', 'C2', 'missing', 'a']);
  expect(order({ key: 'gain', direction: 'down' })).toEqual(['C2', 'b', 'missing', 'a']);
});

it('orders prices in the currency of the portfolio, by the unit', () => {
  expect(order({ key: 'price', direction: 'up' })).toEqual(['a', 'C2', 'b', 'missing']);
});

it('offers what fits the reason', () => {
  const check = (asset: string, reason: string, kinds: string[]) => {
    const valued = aHolding({ asset, pricing: unpricedBy(reason) });
    const row = { id: asset, name: asset, ticker: asset, valued, lot: aLot({ asset }) };
    expect(remediesOf(row, 'USD').map(remedy => remedy.kind)).toEqual(kinds);
  };
  check('crypto:btc', 'not_found', ['symbol', 'price']);
  check('stock:X', 'not_configured', ['key', 'price']);
  check('custom:house', 'not_configured', ['price']);
  check('stock:X', 'quarantined', ['held', 'price']);
  check('stock:X', 'a reason of tomorrow', ['price']);
});
