import { screen, waitFor, within } from '@testing-library/react';
import { Route } from 'wouter';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HoldingValuation, Valuation } from '../../api/types';
import { renderApp } from '../../test/render';
import { aHolding, aLot, aPortfolio, aPricing, aValuation, unpricedBy } from '../../test/samples';
import { fakeServer, problem } from '../../test/server';
import PortfolioScreen from './PortfolioScreen';

// jsdom draws nothing; the plot has its own tests.
vi.mock('../../charts/curve/CurveCanvas', () => ({ default: () => null }));

const path = '/portfolios/p1';
const page = <Route path="/portfolios/:id" component={PortfolioScreen} />;

function routes(holdings: HoldingValuation[], part: Partial<Valuation> = {}) {
  return {
    'GET /api/v1/portfolios/p1': { body: aPortfolio(holdings.map(each => aLot({ asset: each.asset }))) },
    'GET /api/v1/portfolios/p1/valuation': { body: aValuation(holdings, part) },
    'GET /api/v1/portfolios/p1/history': { body: { currency: 'USD', points: [], missing: [] } },
    'GET /api/v1/portfolios/p1/valuations': { body: { items: [], next_cursor: null } },
    'GET /api/v1/sources': { body: { items: [], next_cursor: null } },
  };
}

const priced = aHolding({ asset: 'crypto:bitcoin' });
const missing = aHolding({ asset: 'crypto:moonpaper', pricing: unpricedBy('not_found'), quantity: '250000' });

beforeEach(() => localStorage.clear());

async function rowOf(name: string): Promise<HTMLElement> {
  const table = await screen.findByRole('table', { name: 'Holdings' });
  return within(table).getByText(name).closest('tr') as HTMLElement;
}

describe('what is not known', () => {
  it('is a row with its reason and remedies, and never a 0', async () => {
    fakeServer(routes([priced, missing]));
    const { user } = renderApp(page, { path });
    const row = await rowOf('moonpaper');
    expect(within(row).getByText(/No price: no source knows this symbol/)).toBeVisible();
    expect(row.textContent).not.toMatch(/\$|0\.00|\b0\b/);
    await user.click(within(row).getByRole('button', { name: 'Price by hand' }));
    expect(await screen.findByRole('dialog', { name: 'Price of moonpaper' })).toBeVisible();
  });

  it('stands beside the total with its cost', async () => {
    fakeServer(routes([priced, missing]));
    renderApp(page, { path });
    expect(await screen.findByText(/Without moonpaper, cost \$500\.00\./)).toBeVisible();
    expect(screen.getByText(/The change in 30 days is not known: not everything has a price/)).toBeVisible();
  });

  it('is shown where it stands', async () => {
    fakeServer(routes([priced, missing]));
    const { user } = renderApp(page, { path });
    await user.click(await screen.findByRole('button', { name: 'Show' }));
    const row = await rowOf('moonpaper');
    await waitFor(() => expect(within(row).getByRole('button', { name: 'Change symbol' })).toHaveFocus());
  });

  it('is told of a cost too', async () => {
    fakeServer(
      routes([missing], {
        total_value: null,
        status: 'unavailable',
        gain: null,
        total_cost: null,
        excluded_cost: null,
      }),
    );
    renderApp(page, { path });
    expect(await screen.findByText('No total')).toBeVisible();
    expect(screen.getByText(/Without moonpaper, cost not known\./)).toBeVisible();
  });

  it('has a symbol changed from the row', async () => {
    fakeServer(routes([priced, missing]));
    const { user } = renderApp(page, { path });
    const row = await rowOf('moonpaper');
    await user.click(within(row).getByRole('button', { name: 'Change symbol' }));
    await screen.findByRole('dialog', { name: 'Edit holding' });
    expect(screen.getByRole('combobox', { name: 'Asset' })).toHaveValue('crypto:moonpaper');
  });

  it('is the age of a price that is carried', async () => {
    const old = new Date(Date.now() - 6 * 3_600_000).toISOString();
    const pricing = aPricing({ state: 'carried', as_of: old, age_seconds: 6 * 3600, reason: 'unavailable' });
    fakeServer(routes([aHolding({ asset: 'stock:ALPN.SW', pricing })]));
    renderApp(page, { path });
    expect(await screen.findByText('6 hr old · source is down')).toBeVisible();
    expect(screen.getByText('ALPN.SW at the last known price, up to 6 hr old.')).toBeVisible();
  });
});

describe('a price by hand', () => {
  it('is sent as it was typed, and refused next to its field', async () => {
    const server = fakeServer({
      ...routes([priced, missing]),
      'PUT /api/v1/prices/crypto/moonpaper/manual': problem(422, 'invalid_input', 'wrong', [
        ['/price', 'it is negative'],
      ]),
    });
    const { user } = renderApp(page, { path });
    await user.click((await screen.findAllByRole('button', { name: 'Price by hand' }))[0] as HTMLElement);
    const price = await screen.findByLabelText('Price of one unit');
    await user.type(price, '-0.000012');
    await user.click(screen.getByRole('button', { name: 'State price' }));
    await waitFor(() => expect(price).toHaveAccessibleDescription('it is negative'));
    expect(server.calls.find(call => call.method === 'PUT')?.body).toEqual({
      price: '-0.000012',
      currency: 'USD',
      valid_days: null,
    });
  });
});

describe('value now', () => {
  it('shows how far the job is and reads again what it made', async () => {
    const job = { id: 'j1', type: 'portfolio-valuation', attempts: 1, error: null, result: null };
    const server = fakeServer({
      ...routes([priced]),
      'POST /api/v1/portfolios/p1/valuations': {
        status: 202,
        body: { ...job, state: 'queued', progress: null },
      },
      'GET /api/v1/jobs/j1': { body: { ...job, state: 'running', progress: { done: 2, total: 6 } } },
    });
    const { user } = renderApp(page, { path });
    await user.click(await screen.findByRole('button', { name: 'Value now' }));
    const button = await screen.findByRole('button', { name: 'Valuing, 2 of 6' });
    expect(button).toBeDisabled();
    const before = server.calls.filter(call => call.path.endsWith('/valuation')).length;
    server.routes['GET /api/v1/jobs/j1'] = { body: { ...job, state: 'succeeded', progress: null } };
    expect(await screen.findByRole('button', { name: 'Value now' }, { timeout: 3000 })).toBeEnabled();
    await waitFor(() =>
      expect(server.calls.filter(call => call.path.endsWith('/valuation')).length).toBeGreaterThan(before),
    );
  });
});

describe('the page', () => {
  it('sorts its holdings by the head of a column', async () => {
    fakeServer(
      routes([aHolding({ asset: 'stock:A', value: '9' }), aHolding({ asset: 'stock:B', value: '10' })]),
    );
    const { user } = renderApp(page, { path });
    const table = await screen.findByRole('table', { name: 'Holdings' });
    const names = () =>
      within(table)
        .getAllByRole('row')
        .slice(1)
        .map(row => row.querySelector('p')?.textContent);
    expect(names()).toEqual(['B', 'A']);
    await user.click(within(table).getByRole('button', { name: 'Value' }));
    expect(names()).toEqual(['A', 'B']);
    expect(within(table).getByRole('columnheader', { name: 'Value' })).toHaveAttribute(
      'aria-sort',
      'ascending',
    );
  });

  it('invites to add the first holding', async () => {
    fakeServer(routes([]));
    renderApp(page, { path });
    expect(await screen.findByText('Nothing in it yet')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Add holding' })).toBeVisible();
  });

  it('says when the portfolio is gone', async () => {
    fakeServer({});
    renderApp(page, { path });
    expect(await screen.findByText('There is nothing at this address')).toBeVisible();
  });

  it('keeps the rest when the value cannot be had', async () => {
    fakeServer({
      ...routes([priced]),
      'GET /api/v1/portfolios/p1/valuation': problem(500, 'internal', 'a fault inside'),
    });
    renderApp(page, { path });
    expect(await screen.findByRole('alert')).toHaveTextContent('The value could not be loaded');
    expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Core');
  });
});
