import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keys } from '../api/keys';
import type { Job, Quote } from '../api/types';
import { EventApplier } from './apply';

const THEN = '2026-11-23T09:00:00Z';
const quote = (asset: string, at = '2026-11-23T09:01:00Z') =>
  ({ asset, price: '1', currency: 'USD', as_of: at, source: 's', fx: null, freshness: 'live' }) as Quote;
const held = (asset: string) => ({ asset, fx: null, pricing: { as_of: THEN, source: 's', state: 'priced' } });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const client = new QueryClient();
  client.setQueryData(keys.valuation('with'), { base_currency: 'USD', holdings: [held('crypto:bitcoin')] });
  client.setQueryData(keys.valuation('without'), { base_currency: 'USD', holdings: [held('stock:AAPL')] });
  client.setQueryData(keys.portfolioDetail('with'), {});
  client.setQueryData(keys.summary('USD'), {});
  client.setQueryData(keys.quote('crypto:bitcoin'), quote('crypto:bitcoin'));
  client.setQueryData(keys.quote('stock:AAPL'), quote('stock:AAPL'));
  const isStale = (key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated;
  return { client, applier: new EventApplier(client), isStale };
}

it('reads only the valuations again that hold what moved, once for a burst', () => {
  const { client, applier, isStale } = setUp();
  const spy = vi.spyOn(client, 'invalidateQueries');
  for (let index = 0; index < 50; index += 1) applier.apply({ name: 'quote', data: quote('crypto:bitcoin') });
  expect(spy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1500);
  expect(spy).toHaveBeenCalledTimes(3);
  expect(isStale(keys.valuation('with'))).toBe(true);
  expect(isStale(keys.valuation('without'))).toBe(false);
  expect(isStale(keys.portfolioDetail('with'))).toBe(false);
  expect(isStale(keys.summary('USD'))).toBe(true);
  expect(isStale(keys.quote('crypto:bitcoin'))).toBe(true);
  expect(isStale(keys.quote('stock:AAPL'))).toBe(false);
});

it('reads everything again, once, where too much was missed', () => {
  const { client, applier, isStale } = setUp();
  const spy = vi.spyOn(client, 'invalidateQueries');
  for (let index = 0; index < 3; index += 1) applier.apply({ name: 'reset', data: { reason: 'too_much' } });
  applier.apply({ name: 'quote', data: quote('crypto:bitcoin') });
  expect(spy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1500);
  expect(spy).toHaveBeenCalledTimes(1);
  for (const key of [keys.valuation('without'), keys.portfolioDetail('with'), keys.quote('stock:AAPL')]) {
    expect(isStale(key)).toBe(true);
  }
});

it('does not read a valuation again for the prices that it was made with', () => {
  const { applier, isStale } = setUp();
  applier.apply({ name: 'quote', data: quote('crypto:bitcoin', THEN) });
  vi.advanceTimersByTime(1500);
  expect(isStale(keys.valuation('with'))).toBe(false);
  const fx = { from: 'EUR', to: 'USD', rate: '1.1', source: 'f', as_of: THEN };
  applier.apply({ name: 'quote', data: { ...quote('crypto:bitcoin', THEN), fx } });
  vi.advanceTimersByTime(1500);
  expect(isStale(keys.valuation('with'))).toBe(true);
});

it('reads a valuation again whose price nobody confirms any more', () => {
  const { applier, isStale } = setUp();
  applier.apply({ name: 'quote', data: { ...quote('crypto:bitcoin', THEN), freshness: 'stale' } });
  vi.advanceTimersByTime(1500);
  expect(isStale(keys.valuation('with'))).toBe(true);
});

it('keeps a job as it is told', () => {
  const { client, applier } = setUp();
  const job = { id: 'j', state: 'running' } as Job;
  applier.apply({ name: 'job', data: job });
  expect(client.getQueryData(keys.job('j'))).toEqual(job);
});

it('does nothing after its end', () => {
  const { applier, isStale } = setUp();
  applier.apply({ name: 'quote', data: quote('crypto:bitcoin') });
  applier.stop();
  vi.advanceTimersByTime(60_000);
  expect(isStale(keys.valuation('with'))).toBe(false);
});
