import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keys } from '../api/keys';
import type { Job, Quote } from '../api/types';
import { EventApplier } from './apply';

const quote = (asset: string) => ({ asset, price: '1', currency: 'USD' }) as Quote;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const client = new QueryClient();
  client.setQueryData(keys.valuation('with'), { holdings: [{ asset: 'crypto:bitcoin' }] });
  client.setQueryData(keys.valuation('without'), { holdings: [{ asset: 'stock:AAPL' }] });
  client.setQueryData(keys.portfolioDetail('with'), {});
  client.setQueryData(keys.summary('USD'), {});
  const isStale = (key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated;
  return { client, applier: new EventApplier(client), isStale };
}

it('reads only the valuations again that hold what moved, once for a burst', () => {
  const { client, applier, isStale } = setUp();
  const spy = vi.spyOn(client, 'invalidateQueries');
  for (let index = 0; index < 50; index += 1) applier.apply({ name: 'quote', data: quote('crypto:bitcoin') });
  expect(client.getQueryData(keys.quote('crypto:bitcoin'))).toEqual(quote('crypto:bitcoin'));
  expect(spy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1500);
  expect(spy).toHaveBeenCalledTimes(2);
  expect(isStale(keys.valuation('with'))).toBe(true);
  expect(isStale(keys.valuation('without'))).toBe(false);
  expect(isStale(keys.portfolioDetail('with'))).toBe(false);
  expect(isStale(keys.summary('USD'))).toBe(true);
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
