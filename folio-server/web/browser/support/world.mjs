import { until } from './ports.mjs';

const daysAgo = days => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Fills an empty folio with what every page has something to show of: priced, own, unpriced, told, archived. */
export async function fill(folio) {
  const { api } = folio;
  await api('PUT', '/prices/custom/house/manual', { price: '250000', currency: 'USD' });
  const main = await api('POST', '/portfolios', {
    name: 'Everyday',
    time_zone: 'Europe/Berlin',
    holdings: [
      {
        asset: 'crypto:bitcoin',
        quantity: '0.75',
        cost: '31000',
        acquired_on: daysAgo(80),
        account: 'Ledger',
        tags: ['long'],
      },
      {
        asset: 'crypto:ethereum',
        quantity: '4',
        cost: '13000',
        acquired_on: daysAgo(40),
        account: 'Exchange',
      },
      { asset: 'custom:house', quantity: '0.25', cost: '50000', acquired_on: daysAgo(300), tags: ['long'] },
      { asset: 'currency:USD', quantity: '8200', account: 'Bank' },
      { asset: 'crypto:moonpaper', quantity: '250000', cost: '500', account: 'Exchange' },
    ],
  });
  const second = await api('POST', '/portfolios', {
    name: 'Savings',
    holdings: [{ asset: 'crypto:bitcoin', quantity: '0.1', cost: '5900' }],
  });
  const empty = await api('POST', '/portfolios', { name: 'Someday' });
  const old = await api('POST', '/portfolios', { name: 'Old account' });
  await api('PATCH', `/portfolios/${old.id}`, { archived: true });
  await api('POST', '/tokens', { name: 'Notebook', scopes: ['read'] });
  for (const { id } of [main, second]) {
    const job = await api('POST', `/portfolios/${id}/valuations`);
    await until('a valuation', async () => (await api('GET', `/jobs/${job.id}`)).state === 'succeeded');
  }
  return { main: main.id, second: second.id, empty: empty.id };
}
