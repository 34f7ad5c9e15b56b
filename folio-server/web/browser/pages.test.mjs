// Every page and dialog in both themes and three widths: nothing that axe finds, nothing wider than the window.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { launch, openPage, violations } from './support/browser.mjs';
import { startFolio } from './support/folio.mjs';
import { startPrices } from './support/prices.mjs';
import { fill } from './support/world.mjs';

/** Screenshots go here, for somebody to look at; without it none are made. */
const SHOTS = process.env['SHOTS'];
const SIZES = [
  { width: 390, height: 844 },
  { width: 1024, height: 900 },
  { width: 1920, height: 1080 },
];

describe('every page', { timeout: 900_000 }, () => {
  let prices, folio, browser, world;
  before(async () => {
    prices = await startPrices();
    folio = await startFolio({ prices, settings: { FOLIO_PRICE_TTL: '1h', FOLIO_NOTIFY: 'console' } });
    world = await fill(folio);
    browser = await launch();
    if (SHOTS !== undefined) await mkdir(SHOTS, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await folio?.stop();
    await prices?.stop();
  });

  for (const theme of ['light', 'dark']) {
    for (const size of SIZES) {
      it(`is for everyone, ${theme}, ${size.width} wide`, async () => {
        const opened = await openPage(browser, { theme, ...size });
        const { page } = opened;
        const found = [];
        const check = async name => {
          for (const each of await violations(page)) found.push(`${name}: ${each}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (over > 0) found.push(`${name}: ${over} pixels wider than the window`);
          if (SHOTS !== undefined) {
            await page.screenshot({ path: `${SHOTS}/${name}-${size.width}-${theme}.png`, fullPage: true });
          }
        };
        opened.expect(/status of 401 .*\/api\/v1\/session$/);
        await page.goto(folio.base);
        await page.getByLabel('Token').waitFor();
        await check('log-in');
        opened.expect();
        await page.goto(folio.link);
        for (const each of pagesOf(world)) {
          await page.goto(`${folio.base}${each.path}`);
          await each.ready(page);
          await settled(page);
          await check(each.name);
          for (const dialog of each.dialogs ?? []) {
            await dialog.open(page);
            await page.getByRole('dialog').waitFor();
            await check(`${each.name}-${dialog.name}`);
            await page.keyboard.press('Escape');
            await page.getByRole('dialog').waitFor({ state: 'hidden' });
          }
        }
        await opened.close();
        assert.deepEqual([...new Set(found)], []);
        assert.deepEqual(opened.faults, []);
      });
    }
  }
});

/** Nothing is on its way any more that would be seen. */
const settled = page =>
  page.waitForFunction(() => document.querySelector('[aria-busy="true"], [data-old]') === null);

const press =
  (name, exact = true) =>
  page =>
    page.getByRole('button', { name, exact }).first().click();
const heading = name => page => page.getByRole('heading', { level: 1, name }).waitFor();

function pagesOf(world) {
  return [
    {
      name: 'portfolios',
      path: '/',
      ready: page => page.getByText('Everyday').first().waitFor(),
      dialogs: [{ name: 'new', open: press('New portfolio') }],
    },
    {
      name: 'portfolio',
      path: `/portfolios/${world.main}`,
      ready: page => page.getByText('$60,000.00').first().waitFor(),
      dialogs: [
        { name: 'add', open: press('Add holding') },
        { name: 'price', open: press('Price by hand') },
      ],
    },
    { name: 'portfolio-empty', path: `/portfolios/${world.empty}`, ready: heading('Someday') },
    {
      name: 'alerts',
      path: '/alerts',
      ready: page => page.getByText('Loss of 5%').waitFor(),
      dialogs: [{ name: 'rule', open: press('Add rule') }],
    },
    {
      name: 'settings',
      path: '/settings',
      ready: page => page.getByText('Notebook').waitFor(),
      dialogs: [
        { name: 'token', open: press('New token') },
        { name: 'revoke', open: press('Revoke Notebook') },
      ],
    },
    { name: 'asset', path: '/asset/crypto/bitcoin', ready: heading('Bitcoin') },
    { name: 'asset-own', path: '/asset/custom/house', ready: heading('house') },
    { name: 'nowhere', path: '/nowhere', ready: heading('There is nothing at this address') },
  ];
}
