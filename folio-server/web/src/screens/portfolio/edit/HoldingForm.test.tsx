import { screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { setLocale } from '../../../format/locale';
import { renderApp } from '../../../test/render';
import { aLot } from '../../../test/samples';
import { fakeServer, problem } from '../../../test/server';
import HoldingDialog from './HoldingDialog';

const ADD = 'POST /api/v1/portfolios/p1/holdings';
const bitcoin = {
  asset: 'crypto:bitcoin',
  name: 'Bitcoin',
  ticker: 'BTC',
  class: 'crypto',
  kind: 'coin',
  currency: 'USD',
  exchange: null,
};

function open(part: Partial<Parameters<typeof HoldingDialog>[0]> = {}) {
  const onClose = vi.fn();
  const view = renderApp(
    <HoldingDialog portfolioId="p1" version={3} baseCurrency="USD" onClose={onClose} {...part} />,
  );
  return { ...view, onClose };
}

it('finds an asset as it is typed and adds a lot of it', async () => {
  const server = fakeServer({
    'GET /api/v1/assets': { body: { items: [bitcoin], next_cursor: null } },
    [ADD]: { status: 201, body: {} },
  });
  const { user, onClose } = open();
  await user.type(await screen.findByLabelText('Asset'), 'bitc');
  await user.click(await screen.findByRole('option', { name: /Bitcoin/ }));
  await waitFor(() => expect(screen.getByLabelText('Asset')).toHaveValue('crypto:bitcoin'));
  await user.type(screen.getByLabelText('Quantity'), '1,000.5');
  await user.type(screen.getByLabelText('Cost'), '19200');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  const call = server.calls.find(each => each.method === 'POST');
  expect(call?.body).toMatchObject({
    asset: 'crypto:bitcoin',
    quantity: '1000.5',
    cost: '19200',
    cost_currency: 'USD',
  });
  expect(call?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{32}$/);
});

it('says what the server finds wrong next to the field, and moves there', async () => {
  fakeServer({
    [ADD]: problem(422, 'invalid_input', '2 fields are wrong', [
      ['/quantity', 'a quantity is not zero'],
      ['/cost_currency', 'XYZ is no currency'],
    ]),
  });
  const { user, onClose } = open();
  await user.type(await screen.findByLabelText('Asset'), 'custom:house');
  await user.type(screen.getByLabelText('Quantity'), '0');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  const quantity = screen.getByLabelText('Quantity');
  await waitFor(() => expect(quantity).toHaveAccessibleDescription('a quantity is not zero'));
  expect(quantity).toHaveAttribute('aria-invalid', 'true');
  expect(quantity).toHaveFocus();
  expect(screen.getByLabelText('Currency')).toHaveAccessibleDescription('XYZ is no currency');
  expect(screen.queryByRole('alert')).toBeNull();
  expect(onClose).not.toHaveBeenCalled();
});

it('says a fault that concerns no field below the form', async () => {
  fakeServer({ [ADD]: problem(503, 'unavailable', 'the store does not answer') });
  const { user } = open();
  await user.type(await screen.findByLabelText('Asset'), 'custom:house');
  await user.type(screen.getByLabelText('Quantity'), '1');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  expect(await screen.findByRole('alert')).toHaveTextContent(
    'the store does not answer Try again in a moment.',
  );
});

it('sends nothing that is empty or can be read in two ways', async () => {
  setLocale('de-DE');
  const server = fakeServer({});
  const { user } = open();
  await user.click(await screen.findByRole('button', { name: 'Add' }));
  expect(screen.getByLabelText('Asset')).toHaveAccessibleDescription('Choose an asset.');
  expect(screen.getByLabelText('Quantity')).toHaveAccessibleDescription('Enter how much you hold.');
  await user.type(screen.getByLabelText('Quantity'), '1.234');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  expect(screen.getByLabelText('Quantity')).toHaveAccessibleDescription(/two ways/);
  expect(server.calls.filter(call => call.method === 'POST')).toEqual([]);
});

it('changes only what was changed, for the version that was seen', async () => {
  const server = fakeServer({ 'PATCH /api/v1/portfolios/p1/holdings/stock%3AAAPL': { body: {} } });
  const { user, onClose } = open({ lot: aLot({ asset: 'stock:AAPL', account: 'Broker' }) });
  const quantity = await screen.findByLabelText('Quantity');
  await user.clear(quantity);
  await user.type(quantity, '3');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  const call = server.calls.find(each => each.method === 'PATCH');
  expect(call?.body).toEqual({ quantity: '3' });
  expect(call?.headers.get('if-match')).toBe('"3"');
});

it('takes a cost away with null', async () => {
  const server = fakeServer({ 'PATCH /api/v1/portfolios/p1/holdings/stock%3AAAPL': { body: {} } });
  const { user, onClose } = open({ lot: aLot({ asset: 'stock:AAPL' }) });
  await user.clear(await screen.findByLabelText('Cost'));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(server.calls.find(each => each.method === 'PATCH')?.body).toEqual({ cost: null });
});
