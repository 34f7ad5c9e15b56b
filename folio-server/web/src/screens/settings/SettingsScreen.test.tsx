import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { keys } from '../../api/keys';
import { theme } from '../../preferences/theme';
import { totalCurrency } from '../../preferences/total-currency';
import { zone } from '../../preferences/zone';
import { renderApp } from '../../test/render';
import { fakeServer, problem } from '../../test/server';
import SettingsScreen from './SettingsScreen';

const AT = '2026-11-23T09:00:00Z';
const list = (items: unknown[]) => ({ body: { items, next_cursor: null } });
const source = {
  id: 'coingecko',
  classes: ['crypto'],
  healthy: true,
  last_success_at: AT,
  last_error: null,
  budget: {
    limit_per_minute: 30,
    remaining: 28,
    day: null,
    month: { limit: 10_000, used: 812, resets_at: '2026-12-01T00:00:00Z' },
  },
  retry_at: null,
};
const token = { id: 't1', name: 'Notebook', owner: 'admin', scopes: ['read', 'write'], created_at: AT };

const routes = (scopes: string[] = ['read', 'write', 'admin']) => ({
  'GET /api/v1/session': { body: { owner: 'admin', scopes } },
  'GET /api/v1/sources': list([source]),
  'GET /api/v1/schedule': {
    body: [
      {
        job: 'portfolio-valuation',
        cron: '0 9 * * *',
        next: '2026-11-24T09:00:00Z',
        last_tick: AT,
        missed: 2,
      },
      { job: 'historical-data', cron: '0 */6 * * *', next: null, last_tick: null, missed: 0 },
    ],
  },
  'GET /api/v1/tokens': list([token]),
});

async function open(parts: Record<string, unknown> = {}, scopes?: string[]) {
  const server = fakeServer({ ...routes(scopes), ...(parts as ReturnType<typeof routes>) });
  const view = renderApp(<SettingsScreen />);
  await waitFor(() => expect(view.client.getQueryData(keys.session)).toBeDefined());
  return { ...view, server };
}

beforeEach(() => {
  zone.set('utc');
  theme.set('system');
});

it('shows what a source prices, how it is, and its calls', async () => {
  const down = {
    ...source,
    id: 'yahoo',
    classes: ['stock', 'currency'],
    healthy: false,
    last_error: 'it answers 502',
    retry_at: '2026-11-23T09:05:00Z',
    budget: null,
  };
  const usedUp = {
    ...source,
    id: 'twelvedata',
    budget: { ...source.budget, remaining: 0 },
    retry_at: '2026-11-23T09:01:00Z',
  };
  await open({ 'GET /api/v1/sources': list([source, down, usedUp]) });
  const sources = within(await screen.findByRole('list', { name: 'Price sources' }));
  expect(sources.getAllByText('28 left now, at most 30 a minute')).toHaveLength(1);
  expect(sources.getAllByText('812 of 10,000 this month, anew on Dec 1, 2026')).toHaveLength(2);
  expect(
    sources.getByText('Does not answer. it answers 502. Asked again at Nov 23, 09:05 AM UTC.'),
  ).toBeVisible();
  expect(sources.getByText('Calls are used up. Asked again at Nov 23, 09:01 AM UTC.')).toBeVisible();
  expect(sources.getByText('Prices shares, exchange rates')).toBeVisible();
});

it('shows when folio works, and what it missed', async () => {
  await open();
  const table = within(await screen.findByRole('table', { name: 'Schedule' }));
  const row = within(table.getByText('Value all portfolios').closest('tr') as HTMLElement);
  expect(row.getByText('Every day at 09:00 UTC')).toBeVisible();
  expect(row.getByText('Nov 24, 09:00 AM UTC')).toBeVisible();
  expect(row.getByText('Nov 23, 09:00 AM UTC')).toBeVisible();
  expect(row.getByText('2')).toBeVisible();
  const never = within(table.getByText('Fetch past prices').closest('tr') as HTMLElement);
  expect(never.getByText('Not yet')).toBeVisible();
  expect(never.getByText('Not planned')).toBeVisible();
});

it('shows the secret of a new token once', async () => {
  const { user, server } = await open({
    'POST /api/v1/tokens': { status: 201, body: { ...token, id: 't2', secret: 'folio_abc' } },
  });
  await user.click(await screen.findByRole('button', { name: 'New token' }));
  await user.click(await screen.findByRole('button', { name: 'Create' }));
  const name = screen.getByLabelText('What it is for');
  expect(name).toHaveAccessibleDescription(/Say what it is for/);
  await user.type(name, 'Backup');
  await user.selectOptions(screen.getByLabelText('It may'), 'write');
  await user.click(screen.getByRole('button', { name: 'Create' }));
  expect(await screen.findByDisplayValue('folio_abc')).toBeVisible();
  const call = server.calls.find(each => each.method === 'POST');
  expect(call?.body).toEqual({ name: 'Backup', scopes: ['write'], owner: 'admin' });
  expect(call?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{32}$/);
  await user.click(screen.getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByDisplayValue('folio_abc')).toBeNull());
});

it('revokes a token once it is confirmed', async () => {
  const { user, server } = await open({ 'DELETE /api/v1/tokens/t1': { status: 204 } });
  await user.click(await screen.findByRole('button', { name: 'Revoke Notebook' }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke Notebook?' });
  expect(server.calls.some(each => each.method === 'DELETE')).toBe(false);
  server.routes['GET /api/v1/tokens'] = list([]);
  await user.click(within(dialog).getByRole('button', { name: 'Revoke Notebook' }));
  expect(await screen.findByText('No token has been made.')).toBeVisible();
});

it('asks for no tokens where that is not allowed', async () => {
  const { server } = await open({}, ['read']);
  expect(await screen.findByText('Only an administrator sees and makes tokens.')).toBeVisible();
  expect(await screen.findByText('admin, who may look.')).toBeVisible();
  expect(server.calls.some(each => each.path === '/api/v1/tokens')).toBe(false);
});

it('keeps the choices of this browser', async () => {
  const { user } = await open();
  await user.click(await screen.findByRole('radio', { name: 'Dark' }));
  expect(theme.get()).toBe('dark');
  await user.click(screen.getByRole('radio', { name: 'My time zone' }));
  expect(zone.get()).toBe('local');
  await user.selectOptions(screen.getByLabelText('Total over all portfolios in'), 'CHF');
  expect(totalCurrency.get()).toBe('CHF');
});

it('says which part could not be loaded, and shows the others', async () => {
  await open({ 'GET /api/v1/schedule': problem(503, 'unavailable', 'the store does not answer') });
  expect(await screen.findByText('The schedule could not be loaded')).toBeVisible();
  expect(await screen.findByText('coingecko')).toBeVisible();
  expect(await screen.findByText('Notebook')).toBeVisible();
});
