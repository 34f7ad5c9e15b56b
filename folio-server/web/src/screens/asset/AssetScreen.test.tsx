import { screen, waitFor, within } from '@testing-library/react';
import { Route } from 'wouter';
import { beforeEach, expect, it, vi } from 'vitest';
import type { PriceHistory, Quote } from '../../api/types';
import { keys } from '../../api/keys';
import { zone } from '../../preferences/zone';
import { renderApp } from '../../test/render';
import { aHolding, aLot, aPortfolio, aSummary, aValuation, unpricedBy } from '../../test/samples';
import { fakeServer, problem } from '../../test/server';
import AssetScreen from './AssetScreen';
import { changeOver } from './change';
import { instantsOf } from './instants';

vi.mock('../../charts/curve/CurveCanvas', () => ({ default: () => null }));

const path = '/asset/crypto/bitcoin';
const page = <Route path="/asset/:class/:symbol" component={AssetScreen} />;
const base = '/api/v1/prices/crypto/bitcoin';

const quote: Quote = {
  asset: 'crypto:bitcoin',
  price: '50500',
  currency: 'USD',
  price_currency: 'USD',
  fx: null,
  change_24h_percent: '1.5',
  market_cap: null,
  as_of: new Date(Date.now() - 5 * 60_000).toISOString(),
  fetched_at: new Date().toISOString(),
  source: 'coingecko',
  freshness: 'cached',
};
const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const point = (date: string, price: string, provisional = false) => ({
  date,
  time: `${date}T23:59:00Z`,
  price,
  provisional,
});
const history: PriceHistory = {
  asset: 'crypto:bitcoin',
  currency: 'USD',
  resolution: 'daily',
  source: 'coingecko',
  fetched_at: quote.fetched_at,
  points: [point(dayAgo(30), '40000'), point(dayAgo(1), '50000')],
};
const info = {
  asset: 'crypto:bitcoin',
  name: 'Bitcoin',
  ticker: 'BTC',
  class: 'crypto',
  kind: 'coin',
  currency: 'USD',
  exchange: null,
};
const lots = [
  aLot({ asset: 'crypto:bitcoin', quantity: '0.1' }),
  aLot({ asset: 'crypto:bitcoin', id: 'second', quantity: '0.2' }),
];
const held = (part = {}) =>
  aHolding({
    asset: 'crypto:bitcoin',
    quantity: '0.1',
    value: '5050',
    gain: '1050',
    weight_percent: '10',
    ...part,
  });

const priced = (of: Quote) => ({ body: { quotes: [of], unpriced: [] } });

const routes = () => ({
  'GET /api/v1/assets/crypto/bitcoin': { body: info },
  'POST /api/v1/prices/batch': priced(quote),
  [`GET ${base}/history`]: { body: history },
  [`GET ${base}/manual`]: problem(404, 'not_found', 'none'),
  'GET /api/v1/quotes/quarantined': { body: { items: [], next_cursor: null } },
  'GET /api/v1/sources': { body: { items: [], next_cursor: null } },
  'GET /api/v1/portfolios': {
    body: { items: [aSummary(), aSummary({ id: 'p2', name: 'Other' })], next_cursor: null },
  },
  'GET /api/v1/portfolios/p1': { body: aPortfolio(lots) },
  'GET /api/v1/portfolios/p2': { body: aPortfolio([aLot({ asset: 'stock:AAPL' })], { id: 'p2' }) },
  'GET /api/v1/portfolios/p1/valuation': {
    body: aValuation([
      held(),
      held({ holding_id: 'second', value: '10100', gain: '-50', weight_percent: '20' }),
    ]),
  },
});

beforeEach(() => {
  localStorage.clear();
  zone.set('utc');
});

it('shows the price, its source and age, and how it moved', async () => {
  const server = fakeServer(routes());
  const { user } = renderApp(page, { path });
  expect(await screen.findByRole('heading', { level: 1, name: 'Bitcoin' })).toBeVisible();
  expect(await screen.findByText('$50,500.00')).toBeVisible();
  expect(screen.getByText(/From coingecko · as of .* · 5 min old/)).toBeVisible();
  expect(await screen.findByText('+26.25%')).toBeVisible();
  expect(screen.getByText('in 30 days')).toBeVisible();
  await user.click(screen.getByRole('radio', { name: '1 d' }));
  await waitFor(() =>
    expect(server.calls.some(each => each.path.includes('days=1&resolution=hourly&currency=USD'))).toBe(true),
  );
  expect(await screen.findByText('+1.50%')).toBeVisible();
});

it('says who holds it, all lots of a portfolio together, and asks nobody else for a value', async () => {
  const server = fakeServer(routes());
  renderApp(page, { path });
  const table = await screen.findByRole('table', { name: 'Held in' });
  const row = within((await within(table).findByRole('link', { name: 'Core' })).closest('tr') as HTMLElement);
  expect(row.getByText('0.3')).toBeVisible();
  expect(await row.findByText('$15,150.00')).toBeVisible();
  expect(row.getByText('+$1,000.00')).toBeVisible();
  expect(row.getByText('30.0%')).toBeVisible();
  expect(server.calls.some(each => each.path === '/api/v1/portfolios/p2/valuation')).toBe(false);
});

it('never shows a 0 for a value that is not known', async () => {
  fakeServer({
    ...routes(),
    'POST /api/v1/prices/batch': {
      body: {
        quotes: [],
        unpriced: [
          {
            asset: 'crypto:bitcoin',
            reason: 'unavailable',
            detail: 'coingecko does not answer',
            retry_at: new Date(Date.now() + 60_000).toISOString(),
          },
        ],
      },
    },
    'GET /api/v1/portfolios/p1/valuation': {
      body: aValuation([aHolding({ asset: 'crypto:bitcoin', pricing: unpricedBy('unavailable') })]),
    },
    'GET /api/v1/sources': {
      body: {
        items: [
          {
            id: 'coingecko',
            classes: ['crypto'],
            healthy: false,
            last_success_at: null,
            last_error: null,
            budget: null,
            retry_at: null,
          },
        ],
      },
    },
  });
  renderApp(page, { path });
  expect(await screen.findByText('No price: its source is down.')).toBeVisible();
  expect(screen.getByText(/folio asks again at .*\.$/, { selector: 'span' })).toBeVisible();
  await waitFor(() => expect(screen.getAllByText('No price')).toHaveLength(2));
  expect(screen.getByText('coingecko does not answer. folio asks again with the next look.')).toBeVisible();
  expect(document.body.textContent).not.toMatch(/\$0/);
});

it('says what could not be loaded, and shows the rest', async () => {
  fakeServer({ ...routes(), [`GET ${base}/history`]: problem(500, 'internal', 'a fault inside') });
  renderApp(page, { path });
  expect(await screen.findByText('The price over time could not be loaded')).toBeVisible();
  expect(screen.getByText('$50,500.00')).toBeVisible();
});

it('marks a price that is older than it should be', async () => {
  fakeServer({ ...routes(), 'POST /api/v1/prices/batch': priced({ ...quote, freshness: 'stale' }) });
  renderApp(page, { path });
  expect(await screen.findByText(/older than it should be/)).toBeVisible();
});

it('shows a price by hand, whether it counts, and takes it back', async () => {
  const server = fakeServer({
    ...routes(),
    [`GET ${base}/manual`]: {
      body: {
        ...quote,
        source: 'manual',
        price: '40000',
        as_of: '2026-11-01T00:00:00Z',
        valid_days: null,
        valid_until: null,
      },
    },
    [`DELETE ${base}/manual`]: { status: 204 },
  });
  const { user } = renderApp(page, { path });
  const region = () => within(screen.getByRole('region', { name: 'Price by hand' }));
  await screen.findByRole('region', { name: 'Price by hand' });
  expect(server.calls.some(each => each.path.endsWith('/manual'))).toBe(false);
  await user.click(region().getByRole('button', { name: 'Look at mine' }));
  expect(await region().findByText('$40,000.00')).toBeVisible();
  expect(region().getByText('Not used now: a source has a price.')).toBeVisible();
  server.routes[`GET ${base}/manual`] = problem(404, 'not_found', 'none');
  await user.click(region().getByRole('button', { name: 'Take back' }));
  expect(await region().findByText(/You have stated none/)).toBeVisible();
});

it('lets an administrator accept a price that is held back', async () => {
  const candidate = {
    price: '500',
    currency: 'USD',
    source: 'coingecko',
    as_of: quote.as_of,
    fetched_at: quote.as_of,
  };
  const one = {
    id: 'q1',
    asset: 'crypto:bitcoin',
    currency: null,
    reason: 'jump',
    candidate,
    reference: { ...candidate, price: '50000' },
    expected: { low: '25000', high: '100000' },
    books: 1,
    first_seen: quote.as_of,
    last_seen: quote.as_of,
    verdict: null,
  };
  const server = fakeServer({
    ...routes(),
    'GET /api/v1/quotes/quarantined': { body: { items: [one], next_cursor: null } },
    'POST /api/v1/quotes/quarantined/q1/accept': { body: { ...one, verdict: 'accepted' } },
  });
  const { user, client } = renderApp(page, { path });
  const section = within(await screen.findByRole('region', { name: 'A price that is held back' }));
  expect(section.getByText(/coingecko says \$500\.00, as of .*too far from the last one\./)).toBeVisible();
  expect(section.getByText(/between \$25,000\.00 and \$100,000\.00/)).toBeVisible();
  expect(section.queryByRole('button')).toBeNull();
  client.setQueryData(keys.session, { owner: 'admin', scopes: ['admin'] });
  server.routes['GET /api/v1/quotes/quarantined'] = { body: { items: [], next_cursor: null } };
  await user.click(await section.findByRole('button', { name: 'Accept this price' }));
  await waitFor(() => expect(screen.queryByRole('region', { name: 'A price that is held back' })).toBeNull());
});

it('ends its curve at the price above it, unless that is of another currency or older', () => {
  expect(instantsOf(history, quote).map(each => [each.value, each.isDay, each.origin])).toEqual([
    ['40000', true, 'snapshot'],
    ['50000', true, 'snapshot'],
    ['50500', false, 'live'],
  ]);
  expect(instantsOf(history, { ...quote, currency: 'EUR' })).toHaveLength(2);
  expect(instantsOf(history, { ...quote, as_of: '2020-11-01T00:00:00Z' })).toHaveLength(2);
  expect(instantsOf(undefined, quote)).toEqual([]);
});

it('has a change only over a span that its past covers', () => {
  const now = Date.now();
  expect(changeOver(history, quote, '30d', true, now)).toBe('26.25');
  expect(changeOver(history, quote, '90d', true, now)).toBeNull();
  expect(changeOver(history, { ...quote, currency: 'EUR' }, '30d', true, now)).toBeNull();
  const short = { ...history, points: [point(dayAgo(3), '40000')] };
  expect(changeOver(short, quote, '7d', true, now)).toBeNull();
  // A share's week may begin after a long weekend.
  expect(changeOver(short, quote, '7d', false, now)).toBe('26.25');
  expect(changeOver(undefined, quote, '7d', false, now)).toBeNull();
});
