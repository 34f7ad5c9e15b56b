import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '../browser/support/ports.mjs';

const HOUR = 3_600_000;
/** The place of the total among the fields of a snapshot's head. */
const TOTAL = 7;

/**
 * A portfolio of thousands of lots with thousands of snapshots. The lots go through the API, and so does the first
 * snapshot. No API makes snapshots of the past, so the others are copies of it in the store, each at its hour and
 * with a total of its own.
 */
export async function fillLarge(folio, { holdings, snapshots }) {
  const { api } = folio;
  const assets = ['crypto:bitcoin', 'crypto:ethereum', 'crypto:bitcoin-cash'];
  const own = 40;
  for (let index = 0; index < own; index += 1) {
    await api('PUT', `/prices/custom/thing${index}/manual`, { price: String(20 + index), currency: 'USD' });
  }
  const lots = Array.from({ length: holdings }, (_, index) => ({
    // Most have a price; every fiftieth has none, so that rows of two heights are scrolled through.
    asset:
      index % 50 === 7
        ? `crypto:nothing-${index}`
        : index % 2 === 0
          ? assets[(index / 2) % assets.length]
          : `custom:thing${index % own}`,
    quantity: String(1 + (index % 17)),
    unit_cost: String(10 + (index % 90)),
    account: `Account ${index % 30}`,
    tags: [`tag ${index % 7}`],
  }));
  const portfolio = await api('POST', '/portfolios', { name: 'Large', holdings: lots });
  const job = await api('POST', `/portfolios/${portfolio.id}/valuations`);
  await until('the first snapshot', async () => (await api('GET', `/jobs/${job.id}`)).state === 'succeeded');
  await folio.pause();
  const store = join(folio.directory, 'folio.db');
  const key = `x'${portfolio.id.replaceAll('-', '')}'`;
  const sql = text => execFileSync('sqlite3', [store], { input: text, encoding: 'utf8' });
  const [at, status, holdingsId, ...fields] = sql(
    `SELECT as_of || char(9) || status || char(9) || holdings_id || char(9) || head
     FROM portfoliovaluations WHERE portfolio_id = ${key};`,
  )
    .trimEnd()
    .split('\t');
  const rows = Array.from({ length: snapshots - 1 }, (_, index) => {
    const hours = index + 1;
    const total = 5_000_000 + 900_000 * Math.sin(hours / 700) + 20_000 * (hours % 13);
    const head = fields
      .map((field, place) => (place === TOTAL ? String(Math.round(total)) : field))
      .join('\t');
    return `(${key}, ${Number(at) - hours * HOUR}, NULL, '${status}', ${holdingsId}, '${head}')`;
  });
  sql(`INSERT INTO portfoliovaluations (portfolio_id, as_of, expire_at, status, holdings_id, head)
       VALUES ${rows.join(',')};`);
  const count = sql(`SELECT count(*) FROM portfoliovaluations WHERE portfolio_id = ${key};`);
  await folio.resume();
  return { id: portfolio.id, snapshots: Number(count) };
}
