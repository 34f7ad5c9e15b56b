// A person's way through the page, on the real binary, against a price server that the test moves.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, openPage } from './support/browser.mjs';
import { startFolio } from './support/folio.mjs';
import { until } from './support/ports.mjs';
import { startPrices } from './support/prices.mjs';

/** What the browser writes itself about a call that is refused, as a call without a log-in is. */
const REFUSED = /status of 401 .*\/api\/v1\/session$/;
const AWAY =
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED|ERR_FAILED/;

describe('the page', { timeout: 600_000 }, () => {
  let prices, folio, browser, opened;
  let page;
  const see = (text, options) => page.getByText(text, options).first().waitFor();
  const gone = text => page.getByText(text).first().waitFor({ state: 'hidden' });
  const button = (name, exact = true) => page.getByRole('button', { name, exact });
  const row = name => page.getByRole('row').filter({ hasText: name }).first();
  const choose = async (menu, entry) => {
    await button(menu).click();
    await page.getByRole('menuitem', { name: entry }).click();
  };

  before(async () => {
    prices = await startPrices();
    folio = await startFolio({
      prices,
      settings: {
        FOLIO_NOTIFY: 'webhook',
        FOLIO_WEBHOOK_URL: `${prices.url}/hook`,
        FOLIO_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
        FOLIO_OUTBOUND_ALLOW: '127.0.0.0/8',
      },
    });
    browser = await launch();
    opened = await openPage(browser);
    page = opened.page;
  });
  after(async () => {
    await browser?.close();
    await folio?.stop();
    await prices?.stop();
  });

  it('is logged in by the printed link, which leaves no token in the address', async () => {
    await page.goto(folio.link);
    await see('No portfolio yet');
    assert.equal(new URL(page.url()).search, '');
    await see('Live', { exact: true });
  });

  it('creates a portfolio, by the keyboard alone', async () => {
    await button('New portfolio').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.getByLabel('Name').waitFor();
    await page.keyboard.press('Enter');
    await see('Enter a name.');
    await page.keyboard.type('Core');
    await page.keyboard.press('Enter');
    await see('Nothing in it yet');
    await page.waitForURL(/\/portfolios\//);
  });

  it('adds a holding that is searched for as it is typed', async () => {
    await button('Add holding').click();
    await page.getByRole('combobox', { name: 'Asset' }).fill('bitc');
    await page
      .getByRole('option', { name: /Bitcoin BTC|^Bitcoin ?BTC/ })
      .first()
      .click();
    await page.getByLabel('Quantity').fill('0.5');
    await button('Add').click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await row('Bitcoin').getByText('$60,000.00').waitFor();
    await row('Bitcoin').getByText('$30,000.00').waitFor();
    await row('Bitcoin').getByText('No cost stated').waitFor();
  });

  it('sees a price arrive live, without asking in between', async () => {
    await see('Live', { exact: true });
    const asked = [];
    const onRequest = request => {
      if (request.url().endsWith('/valuation')) asked.push(request.url());
    };
    page.on('request', onRequest);
    prices.set('bitcoin', 66_000);
    await row('Bitcoin').getByText('$66,000.00').waitFor();
    await see('$33,000.00');
    page.off('request', onRequest);
    // One for what moved, and one more where an event of the price before was on its way.
    assert.ok(asked.length <= 4, `${asked.length} valuations were read for one price`);
  });

  it('values now, and the value is there after a reload', async () => {
    await button('Value now').click();
    await see('The valuation is stored.');
    await page.reload();
    await row('Bitcoin').getByText('$33,000.00').waitFor();
    const { items } = await folio.api('GET', '/portfolios');
    assert.equal(items[0].latest_valuation.total_value, '33000');
  });

  it('edits a holding, and says next to the field what is wrong', async () => {
    await choose('Actions for Bitcoin', 'Edit');
    opened.expect(/status of 422/);
    await page.getByLabel('Quantity').fill('-1');
    await button('Save').click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    opened.expect();
    await page.getByLabel('Quantity').fill('2');
    await page.getByLabel('Cost', { exact: true }).fill('100,000');
    await button('Save').click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await row('Bitcoin').getByText('$132,000.00').waitFor();
    await row('Bitcoin').getByText('+$32,000.00').waitFor();
  });

  it('shows an asset with its past, and who holds it', async () => {
    await row('Bitcoin').getByRole('link', { name: 'Bitcoin' }).click();
    await page.getByRole('heading', { level: 1, name: 'Bitcoin' }).waitFor();
    await see('From coingecko', { exact: false });
    await page.getByRole('slider', { name: /Price over time/ }).waitFor();
    for (const range of ['1 d', '7 d', '90 d', '1 y', '30 d']) {
      await page.getByText(range, { exact: true }).click();
      await page.waitForFunction(() => document.querySelector('[role=slider]:not([data-old])') !== null);
    }
    await page.getByRole('table', { name: 'Held in' }).getByText('$132,000.00').waitFor();
    await page.getByRole('link', { name: 'Core' }).click();
    await page.getByRole('heading', { level: 1, name: 'Core' }).waitFor();
  });

  it('sets a rule, and is told on the page when it is crossed, and through the webhook with its tries', async () => {
    prices.state.hookStatus = 500;
    await choose('Actions for Core', 'Alert rules');
    await see('Loss of 5%', { exact: true });
    await see('Gain of 10%', { exact: true });
    await button('Add rule').click();
    await page.getByLabel('Tell me of').selectOption('price_above');
    await page.getByLabel('Asset').selectOption({ label: 'Bitcoin' });
    await page.getByLabel('To this price or above').fill('70,000');
    await button('Add').click();
    await see('Bitcoin at $70,000.00 or above');
    await page.getByRole('link', { name: 'Portfolios', exact: true }).click();
    await page.getByRole('link', { name: 'Core' }).click();
    // What is so at a rule's first valuation is not told, so there has to be one below.
    await button('Value now').click();
    await see('The valuation is stored.');
    prices.set('bitcoin', 72_000);
    await row('Bitcoin').getByText('$72,000.00').waitFor();
    await button('Value now').click();
    const toasts = page.getByRole('region', { name: 'Messages' });
    await toasts
      .getByText(/Bitcoin/i)
      .first()
      .waitFor();
    await toasts.getByRole('link', { name: 'Details' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await see(/Webhook: \d+ tr(y|ies) failed/);
    await until('the webhook to be tried', () => prices.hooks.length > 0);
    prices.state.hookStatus = 204;
    await see(/Webhook: delivered at .*, at try \d/);
  });

  it('sends a sample through a channel', async () => {
    const before = prices.hooks.length;
    await button('Send a sample through Webhook').click();
    await see('Webhook took the sample.');
    assert.ok(prices.hooks.length > before);
  });

  it('names a source that is down with the time of the next try, and shows no 0 for what it does not know', async () => {
    await page.getByRole('link', { name: 'Portfolios', exact: true }).click();
    await page.getByRole('link', { name: 'Core' }).click();
    await row('Bitcoin').waitFor();
    prices.state.isDown = true;
    await button('Add holding').click();
    await page.getByRole('combobox', { name: 'Asset' }).fill('crypto:ethereum');
    await page.getByLabel('Quantity').fill('10');
    await page.getByLabel('Cost', { exact: true }).fill('25000');
    await button('Add', true).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const lost = page.getByRole('row').filter({ has: page.getByRole('button', { name: 'Price by hand' }) });
    await lost.first().waitFor();
    await see(/coingecko does not answer\. folio asks again at \d/);
    await see(/Without .*thereum, cost \$25,000\.00\./);
    const words = await lost.first().innerText();
    assert.doesNotMatch(words, /\$0|\b0\.00/);
    await see(/at the last known price/);
    await page.getByRole('link', { name: 'Settings' }).click();
    await see(/Does not answer\./);
    prices.state.isDown = false;
    await page.getByRole('link', { name: 'Portfolios', exact: true }).click();
    await page.getByRole('link', { name: 'Core' }).click();
    await row('Ethereum').getByText('$30,000.00').waitFor();
    await gone(/Without .*thereum/);
  });

  it('archives a portfolio and brings it back', async () => {
    await page.getByRole('link', { name: 'Portfolios', exact: true }).click();
    await choose('Actions for Core', 'Archive');
    await button('Archived (1)').click();
    await choose('Actions for Core', 'Bring back');
    await page.getByRole('link', { name: 'Core' }).waitFor();
    await button('Archived (1)').waitFor({ state: 'hidden' });
  });

  it('makes a token that is shown once, and revokes it', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('New token').click();
    await page.getByLabel('What it is for').fill('Notebook');
    await button('Create').click();
    const secret = await page.getByLabel('Token', { exact: true }).inputValue();
    await button('Done').click();
    await see('Notebook', { exact: true });
    const asked = () =>
      fetch(`${folio.base}/api/v1/session`, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal((await asked()).status, 200);
    await button('Revoke Notebook').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke Notebook' }).click();
    await see('No token has been made.');
    assert.equal((await asked()).status, 401);
  });

  it('says when folio is away, keeps what it shows, and goes on by itself', async () => {
    await page.getByRole('link', { name: 'Portfolios', exact: true }).click();
    await page.getByRole('link', { name: 'Core' }).click();
    await row('Bitcoin').waitFor();
    opened.expect(AWAY, /status of 50[0-9]/);
    await folio.pause();
    await see('folio cannot be reached');
    await see('Not live', { exact: true });
    await row('Bitcoin').waitFor();
    await folio.resume();
    await see('Live', { exact: true });
    await gone('folio cannot be reached');
  });

  it('deletes a portfolio once that is confirmed', async () => {
    opened.expect();
    await folio.api('POST', '/portfolios', { name: 'Passing' });
    await page.getByRole('link', { name: 'Portfolios', exact: true }).click();
    await page.reload();
    await choose('Actions for Passing', 'Delete');
    await see(/Passing goes with its 0 holdings/);
    await button('Delete Passing').click();
    await page.getByRole('link', { name: 'Passing' }).waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Core' }).waitFor();
  });

  it('logs out, refuses a wrong token and takes the right one', async () => {
    opened.expect(REFUSED);
    await choose('Settings of this browser', 'Log out');
    await page.getByLabel('Token').fill('wrong');
    await button('Log in').click();
    await see(/does not know this token/);
    await page.getByLabel('Token').fill(folio.token);
    await button('Log in').click();
    await page.getByRole('link', { name: 'Core' }).waitFor();
    await choose('Settings of this browser', 'Log out');
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
  });

  it('left no error in the console, and broke no policy', () => {
    assert.deepEqual(opened.faults, []);
  });
});
