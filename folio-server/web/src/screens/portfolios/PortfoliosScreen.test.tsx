import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { renderApp } from '../../test/render';
import { aHolding, aSummary, aValuation, unpricedBy } from '../../test/samples';
import { fakeServer, problem } from '../../test/server';
import PortfoliosScreen from './PortfoliosScreen';

const coverage = { priced: 1, carried: 0, unpriced: 1, without_cost: 0, percent_by_cost: null };
const summary = {
  currency: 'USD',
  as_of: '2026-11-23T09:00:00Z',
  status: 'partial',
  total_value: '1234.5',
  value_with_cost: '1234.5',
  total_cost: '1000',
  gain: '234.5',
  gain_percent: '23.45',
  excluded_cost: '500',
  coverage,
  portfolio_count: 1,
  portfolios: [],
  more: false,
};

const routes = () => ({
  'GET /api/v1/portfolios': { body: { items: [aSummary()], next_cursor: null } },
  'GET /api/v1/summary': { body: summary },
  'GET /api/v1/sources': { body: { items: [], next_cursor: null } },
  'GET /api/v1/portfolios/p1/valuation': {
    body: aValuation([
      aHolding({ asset: 'crypto:a' }),
      aHolding({ asset: 'crypto:b', pricing: unpricedBy('no_data') }),
    ]),
  },
  'GET /api/v1/portfolios/p1/history': { body: { currency: 'USD', points: [], missing: [] } },
});

it('shows the total with what it leaves out, and a row of figures of one instant', async () => {
  fakeServer(routes());
  renderApp(<PortfoliosScreen />);
  expect(await screen.findByText('$1,234.50')).toBeVisible();
  expect(screen.getByText('Without 1 holding that has no price, cost $500.00.')).toBeVisible();
  const row = await screen.findByRole('link', { name: 'Core' });
  const item = within(row.closest('li') as HTMLElement);
  expect(await item.findByText('$200.00')).toBeVisible();
  expect(item.getByText('1 holding without a price')).toBeVisible();
  expect(item.getByText('not known')).toBeInTheDocument();
});

it('shows the value of a large portfolio that was never valued, and asks for no large answer', async () => {
  const server = fakeServer(routes());
  const large = aSummary({ holding_count: 2000 });
  server.routes['GET /api/v1/portfolios'] = { body: { items: [large], next_cursor: null } };
  const of = {
    id: 'p1',
    name: 'Core',
    base_currency: 'USD',
    status: 'complete',
    total_value: '777',
    value: '777',
  };
  const portfolios = [{ ...of, weight_percent: '100', fx: null, reason: null }];
  server.routes['GET /api/v1/summary'] = { body: { ...summary, portfolios } };
  renderApp(<PortfoliosScreen />);
  expect(await screen.findByText('$777.00')).toBeVisible();
  expect(screen.getByText('2,000 holdings')).toBeVisible();
  expect(server.calls.some(call => call.path.endsWith('/valuation'))).toBe(false);
});

it('reads every part of a long list', async () => {
  const server = fakeServer(routes());
  server.routes['GET /api/v1/portfolios'] = call =>
    call.path.includes('cursor=next')
      ? { body: { items: [aSummary({ id: 'p2', name: 'Second' })], next_cursor: null } }
      : { body: { items: [aSummary()], next_cursor: 'next' } };
  renderApp(<PortfoliosScreen />);
  expect(await screen.findByRole('link', { name: 'Core' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Second' })).toBeVisible();
});

it('asks once before deleting, and names what goes', async () => {
  const server = fakeServer({ ...routes(), 'DELETE /api/v1/portfolios/p1': { status: 204 } });
  const { user } = renderApp(<PortfoliosScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Core' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog', { name: 'Delete Core?' });
  expect(dialog).toHaveAccessibleDescription(
    /Core goes with its 6 holdings, every valuation that was stored since Aug 25, 2026, its alert rules/,
  );
  expect(server.calls.some(call => call.method === 'DELETE')).toBe(false);
  await user.click(within(dialog).getByRole('button', { name: 'Delete Core' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const call = server.calls.find(each => each.method === 'DELETE');
  expect(call?.headers.get('if-match')).toBe('"3"');
});

it('asks no more for what was just deleted', async () => {
  const server = fakeServer({ ...routes(), 'DELETE /api/v1/portfolios/p1': { status: 204 } });
  const { user } = renderApp(<PortfoliosScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Core' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
  server.routes['GET /api/v1/portfolios'] = { body: { items: [], next_cursor: null } };
  await user.click(await screen.findByRole('button', { name: 'Delete Core' }));
  expect(await screen.findByText('No portfolio yet')).toBeVisible();
  const deletion = server.calls.findIndex(call => call.method === 'DELETE');
  const after = server.calls.slice(deletion + 1).map(call => call.path);
  expect(after.filter(path => path.includes('/portfolios/p1'))).toEqual([]);
});

it('says why a deletion was refused, and stays', async () => {
  fakeServer({
    ...routes(),
    'DELETE /api/v1/portfolios/p1': problem(412, 'precondition_failed', 'the version is 4'),
  });
  const { user } = renderApp(<PortfoliosScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Core' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
  await user.click(await screen.findByRole('button', { name: 'Delete Core' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('the version is 4 It was changed elsewhere.');
});

it('renames, for the version that was seen', async () => {
  const server = fakeServer({ ...routes(), 'PATCH /api/v1/portfolios/p1': { body: {} } });
  const { user } = renderApp(<PortfoliosScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Core' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Rename' }));
  const name = await screen.findByLabelText('Name');
  expect(name).toHaveValue('Core');
  await user.clear(name);
  await user.click(screen.getByRole('button', { name: 'Rename' }));
  expect(name).toHaveAccessibleDescription('Enter a name.');
  await user.type(name, 'Kern');
  await user.click(screen.getByRole('button', { name: 'Rename' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const call = server.calls.find(each => each.method === 'PATCH');
  expect([call?.body, call?.headers.get('if-match')]).toEqual([{ name: 'Kern' }, '"3"']);
});

it('makes the first portfolio and goes there', async () => {
  const server = fakeServer({ ...routes(), 'POST /api/v1/portfolios': { status: 201, body: { id: 'new' } } });
  server.routes['GET /api/v1/portfolios'] = { body: { items: [], next_cursor: null } };
  const { user, history } = renderApp(<PortfoliosScreen />);
  expect(await screen.findByText('No portfolio yet')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'New portfolio' }));
  await user.type(await screen.findByLabelText('Name'), 'First');
  await user.selectOptions(screen.getByLabelText('Currency of its totals'), 'CHF');
  await user.click(screen.getByRole('button', { name: 'Create' }));
  await waitFor(() => expect(history.at(-1)).toBe('/portfolios/new'));
  expect(server.calls.find(call => call.method === 'POST')?.body).toMatchObject({
    name: 'First',
    base_currency: 'CHF',
  });
});

it('says what could not be loaded, and tries again when asked', async () => {
  const server = fakeServer({
    ...routes(),
    'GET /api/v1/portfolios': problem(500, 'internal', 'a fault inside'),
  });
  const { user } = renderApp(<PortfoliosScreen />);
  expect(await screen.findByRole('alert')).toHaveTextContent('The portfolios could not be loaded');
  server.routes['GET /api/v1/portfolios'] = { body: { items: [aSummary()], next_cursor: null } };
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: 'Core' })).toBeVisible();
});

it('names a source that is down or used up', async () => {
  const source = { classes: ['stock'], last_success_at: null, last_error: null, budget: null };
  fakeServer({
    ...routes(),
    'GET /api/v1/sources': {
      body: {
        items: [
          { ...source, id: 'yahoo', healthy: false, retry_at: null },
          {
            ...source,
            id: 'twelvedata',
            healthy: true,
            budget: { limit_per_minute: 8, remaining: 0 },
            retry_at: null,
          },
        ],
      },
    },
  });
  renderApp(<PortfoliosScreen />);
  expect(
    await screen.findByText('yahoo does not answer. folio asks again with the next look.'),
  ).toBeVisible();
  expect(screen.getByText('The calls to twelvedata are used up for now.')).toBeVisible();
});

it('archives for the version that was seen, and shows the archived ones when asked', async () => {
  const server = fakeServer({ ...routes(), 'PATCH /api/v1/portfolios/p1': { body: {} } });
  server.routes['GET /api/v1/portfolios'] = call =>
    call.path.includes('archived=true')
      ? { body: { items: [aSummary({ id: 'old', name: 'Old', archived: true })], next_cursor: null } }
      : { body: { items: [aSummary()], next_cursor: null } };
  const { user } = renderApp(<PortfoliosScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Core' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Archive' }));
  await waitFor(() => expect(server.calls.some(each => each.method === 'PATCH')).toBe(true));
  const call = server.calls.find(each => each.method === 'PATCH');
  expect([call?.body, call?.headers.get('if-match')]).toEqual([{ archived: true }, '"3"']);
  expect(screen.queryByRole('link', { name: 'Old' })).toBeNull();
  await user.click(await screen.findByRole('button', { name: 'Archived (1)' }));
  expect(await screen.findByRole('link', { name: 'Old' })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Actions for Old' }));
  expect(await screen.findByRole('menuitem', { name: 'Bring back' })).toBeVisible();
});
