import { expect, it } from 'vitest';
import { aHolding, aLot, aPortfolio, aValuation, unpricedBy } from '../../../test/samples';
import { rowsOf } from '../holdings/rows';
import { changeSince, changeSincePurchase, groupsOf } from './groups';

const valuation = aValuation([
  aHolding({ asset: 'crypto:a', holding_id: '1', value: '0.1', quantity: '1', cost: '0.05' }),
  aHolding({ asset: 'crypto:a', holding_id: '2', value: '0.2', quantity: '2', cost: null }),
  aHolding({ asset: 'stock:B', holding_id: '3', value: '0.7', quantity: '7', cost: '1.4' }),
  aHolding({ asset: 'stock:C', holding_id: '4', pricing: unpricedBy('no_data') }),
]);
const portfolio = aPortfolio([
  aLot({ asset: 'crypto:a', id: '1', account: 'Cold', tags: ['long', 'risk'] }),
  aLot({ asset: 'crypto:a', id: '2' }),
  aLot({ asset: 'stock:B', id: '3', account: 'Broker', tags: ['long'] }),
]);
const rows = rowsOf(valuation, portfolio);
const none = () => null;

it('adds up by asset, class, account and tag without a float', () => {
  const brief = (by: Parameters<typeof groupsOf>[1]) =>
    groupsOf(rows, by, none).map(group => [group.name, group.value, group.share, group.unpriced]);
  expect(brief('asset')).toEqual([
    ['B', '0.7', '70', 0],
    ['a', '0.3', '30', 0],
    ['C', null, null, 1],
  ]);
  expect(brief('class')).toEqual([
    ['Stock', '0.7', '70', 1],
    ['Crypto', '0.3', '30', 0],
  ]);
  expect(brief('account')).toEqual([
    ['Broker', '0.7', '70', 0],
    ['No account', '0.2', '20', 1],
    ['Cold', '0.1', '10', 0],
  ]);
  expect(brief('tag')).toEqual([
    ['long', '0.8', '80', 0],
    ['No tag', '0.2', '20', 1],
    ['risk', '0.1', '10', 0],
  ]);
});

it('compares prices and not quantities, and says nothing where one is missing', () => {
  const then = aValuation([aHolding({ asset: 'crypto:a', value: '1', quantity: '20' })]);
  const changes = groupsOf(rows, 'asset', changeSince(then)).map(group => [group.name, group.change]);
  expect(changes).toEqual([
    ['B', null],
    ['a', '100'],
    ['C', null],
  ]);
  expect(groupsOf(rows, 'asset', changeSince(undefined)).every(group => group.change === null)).toBe(true);
});

it('takes another lot of the asset where a lot was added or became another asset', () => {
  const then = aValuation([
    aHolding({ asset: 'stock:B', holding_id: '3', value: '0.35', quantity: '7' }),
    aHolding({ asset: 'stock:OLD', holding_id: '1', value: '99', quantity: '1' }),
    aHolding({ asset: 'crypto:a', holding_id: '2', value: '0.1', quantity: '2' }),
  ]);
  const changes = groupsOf(rows, 'asset', changeSince(then)).map(group => [group.name, group.change]);
  expect(changes).toEqual([
    ['B', '100'],
    ['a', '100'],
    ['C', null],
  ]);
});

it('has a gain since purchase only where every cost is known', () => {
  const changes = groupsOf(rows, 'asset', changeSincePurchase).map(group => [group.name, group.change]);
  expect(changes).toEqual([
    ['B', '-50'],
    ['a', null],
    ['C', null],
  ]);
});
