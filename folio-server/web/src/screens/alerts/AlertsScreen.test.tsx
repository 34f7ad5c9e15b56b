import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { keys } from '../../api/keys';
import type { AlertRule, Notification } from '../../api/types';
import { zone } from '../../preferences/zone';
import { renderApp } from '../../test/render';
import { aLot, aPortfolio, aSummary } from '../../test/samples';
import { fakeServer, problem } from '../../test/server';
import AlertsScreen from './AlertsScreen';

const AT = '2026-11-23T09:00:00Z';

function aRule(part: Partial<AlertRule> & { id: string }): AlertRule {
  return {
    kind: 'loss',
    threshold_percent: '5',
    price: null,
    currency: null,
    window_hours: null,
    asset: null,
    band_percent: '1',
    cooldown_hours: 24,
    channels: null,
    inactive: null,
    state: { phase: 'armed', episode: 0, changed_as_of: null, fired_as_of: null },
    ...part,
  };
}

function aNotification(part: Partial<Notification> = {}): Notification {
  return {
    id: 'n1',
    portfolio_id: 'p1',
    kind: 'loss_alert',
    title: 'Core has lost 6 %',
    message: 'What cost 100.00 USD is worth 94.00 USD.\nValued at 2026-11-23 09:00 UTC.',
    valuation_id: 'v1',
    rule_id: 'r1',
    created_at: AT,
    deliveries: [],
    ...part,
  };
}

const loss = aRule({ id: 'r1' });
const gain = aRule({ id: 'r2', kind: 'gain', threshold_percent: '10' });
const channel = { channel: 'webhook', destination: 'example.org', is_default: true, disabled: null };

const routes = (rules: AlertRule[] = [loss, gain], told: Notification[] = []) => ({
  'GET /api/v1/portfolios': { body: { items: [aSummary()], next_cursor: null } },
  'GET /api/v1/portfolios/p1': {
    body: aPortfolio([aLot({ asset: 'crypto:bitcoin' }), aLot({ asset: 'stock:AAPL' })]),
  },
  'GET /api/v1/portfolios/p1/alert-rules': { body: { items: rules, version: 7 } },
  'GET /api/v1/notifications': { body: { items: told, next_cursor: null } },
  'GET /api/v1/channels': { body: { items: [channel], next_cursor: null } },
});

beforeEach(() => zone.set('utc'));

it('says what is watched and how each rule stands', async () => {
  const fired = { phase: 'fired', episode: 1, changed_as_of: AT, fired_as_of: AT } as const;
  const rules = [
    loss,
    aRule({ id: 'r3', kind: 'gain', threshold_percent: '2.5', state: fired, channels: ['webhook'] }),
    aRule({
      id: 'r4',
      kind: 'price_below',
      threshold_percent: null,
      price: '0.00001234',
      currency: 'USD',
      asset: 'crypto:bitcoin',
      inactive: 'not_held',
    }),
    aRule({ id: 'r5', kind: 'change', window_hours: 168, threshold_percent: '12' }),
  ];
  fakeServer(routes(rules));
  renderApp(<AlertsScreen />);
  expect(await screen.findByText('Loss of 5%')).toBeVisible();
  expect(screen.getAllByText('Waiting.')).toHaveLength(2);
  expect(screen.getByText('Gain of 2.5%')).toBeVisible();
  expect(
    screen.getByText(
      /Told at Nov 23, 09:00 AM UTC\. Waits again once it is back by a point\. Through Webhook\./,
    ),
  ).toBeVisible();
  expect(screen.getByText('bitcoin at $0.00001234 or below')).toBeVisible();
  expect(screen.getByText('Says nothing: the asset is not held any more.')).toBeVisible();
  expect(screen.getByText('Change of 12% in 7 days')).toBeVisible();
});

it('adds a rule for a price and leaves the others as they are', async () => {
  const server = fakeServer({
    ...routes(),
    'PUT /api/v1/portfolios/p1/alert-rules': { body: { items: [loss], version: 8 } },
  });
  const { user } = renderApp(<AlertsScreen />);
  await user.click(await screen.findByRole('button', { name: 'Add rule' }));
  await user.selectOptions(await screen.findByLabelText('Tell me of'), 'price_above');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  expect(screen.getByText('Choose the holding whose price is watched.')).toBeVisible();
  expect(screen.getByText('Enter a price.')).toBeVisible();
  await user.selectOptions(screen.getByLabelText('Asset'), 'crypto:bitcoin');
  await user.type(screen.getByLabelText('To this price or above'), '50,000');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const call = server.calls.find(each => each.method === 'PUT');
  expect(call?.headers.get('if-match')).toBe('"7"');
  const { items } = call?.body as { items: Record<string, unknown>[] };
  expect(items.map(each => each['id'])).toEqual(['r1', 'r2', undefined]);
  expect(items[2]).toEqual({
    kind: 'price_above',
    asset: 'crypto:bitcoin',
    price: '50000',
    currency: 'USD',
    band_percent: '1',
    cooldown_hours: 24,
    channels: null,
  });
});

it('changes a rule, and shows next to its field what the server refuses', async () => {
  const server = fakeServer({
    ...routes(),
    'PUT /api/v1/portfolios/p1/alert-rules': problem(422, 'invalid_input', 'wrong', [
      ['/items/1/threshold_percent', 'the threshold must be above 0'],
    ]),
  });
  const { user } = renderApp(<AlertsScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Gain of 10%' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
  const threshold = await screen.findByLabelText('Of this many percent or more');
  expect(threshold).toHaveValue('10');
  await user.clear(threshold);
  await user.type(threshold, '0');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(threshold).toHaveAccessibleDescription('the threshold must be above 0'));
  expect(threshold).toHaveFocus();
  const { items } = server.calls.find(each => each.method === 'PUT')?.body as { items: unknown[] };
  expect(items[1]).toMatchObject({ id: 'r2', kind: 'gain', threshold_percent: '0' });
});

it('removes a rule', async () => {
  const server = fakeServer({
    ...routes(),
    'PUT /api/v1/portfolios/p1/alert-rules': { body: { items: [gain], version: 8 } },
  });
  const { user } = renderApp(<AlertsScreen />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Loss of 5%' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove' }));
  await waitFor(() => expect(screen.queryByText('Loss of 5%')).toBeNull());
  const { items } = server.calls.find(each => each.method === 'PUT')?.body as { items: { id: string }[] };
  expect(items.map(each => each.id)).toEqual(['r2']);
});

it('offers the usual two rules where there is none', async () => {
  const server = fakeServer({
    ...routes([]),
    'PUT /api/v1/portfolios/p1/alert-rules': { body: { items: [loss, gain], version: 8 } },
  });
  const { user } = renderApp(<AlertsScreen />);
  await user.click(await screen.findByRole('button', { name: 'Watch for a loss of 5% and a gain of 10%' }));
  expect(await screen.findByText('Loss of 5%')).toBeVisible();
  expect(server.calls.find(each => each.method === 'PUT')?.body).toEqual({
    items: [
      { kind: 'loss', threshold_percent: '5' },
      { kind: 'gain', threshold_percent: '10' },
    ],
  });
});

it('tells how far each delivery is, and sends again', async () => {
  const deliveries: Notification['deliveries'] = [
    {
      channel: 'webhook',
      state: 'retrying',
      attempts: 3,
      last_error: 'connection refused',
      delivered_at: null,
      next_attempt_at: '2026-11-23T09:05:00Z',
    },
    {
      channel: 'email',
      state: 'failed',
      attempts: 1,
      last_error: 'unknown address',
      delivered_at: null,
      next_attempt_at: null,
    },
    {
      channel: 'console',
      state: 'delivered',
      attempts: 1,
      last_error: null,
      delivered_at: AT,
      next_attempt_at: null,
    },
  ];
  const told = aNotification({ deliveries });
  const server = fakeServer({
    ...routes([], [told]),
    'POST /api/v1/notifications/n1/deliveries': { status: 202, body: told },
  });
  const { user } = renderApp(<AlertsScreen />);
  expect(await screen.findByRole('link', { name: 'Core has lost 6 %' })).toHaveAttribute(
    'href',
    '/portfolios/p1',
  );
  expect(
    screen.getByText('Webhook: 3 tries failed (connection refused). The next is at Nov 23, 09:05 AM UTC.'),
  ).toBeVisible();
  expect(screen.getByText('E-mail: given up after 1 try (unknown address).')).toBeVisible();
  expect(screen.getByText('Console: delivered at Nov 23, 09:00 AM UTC.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Actions for Core has lost 6 %' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Send again' }));
  await waitFor(() => expect(server.calls.filter(each => each.path.endsWith('/deliveries'))).toHaveLength(1));
});

it('reads older notifications when asked, and the newest again when one comes', async () => {
  const server = fakeServer(routes());
  server.routes['GET /api/v1/notifications'] = call =>
    call.path.includes('cursor=older')
      ? { body: { items: [aNotification({ id: 'n0', title: 'The first' })], next_cursor: null } }
      : { body: { items: [aNotification()], next_cursor: 'older' } };
  const { user, client } = renderApp(<AlertsScreen />);
  expect(await screen.findByText('Core has lost 6 %')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Show older ones' }));
  expect(await screen.findByText('The first')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Show older ones' })).toBeNull();
  server.routes['GET /api/v1/notifications'] = {
    body: { items: [aNotification({ id: 'n2', title: 'The newest' })], next_cursor: null },
  };
  await client.invalidateQueries({ queryKey: keys.notifications });
  expect(await screen.findByText('The newest')).toBeVisible();
});

it('sends a sample through a channel, and says why it did not arrive', async () => {
  const server = fakeServer({
    ...routes(),
    'POST /api/v1/channels/webhook/test': {
      body: {
        channel: 'webhook',
        state: 'failed',
        attempts: 1,
        last_error: 'status 500',
        delivered_at: null,
        next_attempt_at: null,
      },
    },
  });
  const { user } = renderApp(<AlertsScreen />);
  const region = await screen.findByRole('region', { name: 'Channels' });
  await user.click(await within(region).findByRole('button', { name: 'Send a sample through Webhook' }));
  const { toastStore } = await import('../../design/toast');
  await waitFor(() =>
    expect(toastStore.get().map(each => each.message)).toContain(
      'Webhook did not take the sample: status 500.',
    ),
  );
  expect(server.calls.filter(each => each.path.endsWith('/test'))).toHaveLength(1);
});

it('has a state of its own where nothing happened, nothing is held, and nothing can be loaded', async () => {
  const server = fakeServer(routes());
  server.routes['GET /api/v1/portfolios'] = { body: { items: [], next_cursor: null } };
  server.routes['GET /api/v1/channels'] = problem(500, 'internal', 'a fault inside');
  renderApp(<AlertsScreen />);
  expect(await screen.findByText('Nothing yet')).toBeVisible();
  expect(await screen.findByRole('link', { name: 'Go to the portfolios' })).toBeVisible();
  expect(await screen.findByText('The channels could not be loaded')).toBeVisible();
});
