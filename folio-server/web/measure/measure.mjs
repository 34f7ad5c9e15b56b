// How fast the page is with 2,000 holdings and 10,000 snapshots, in figures; ends nonzero where one is over.
//
//   npm run measure                          starts FOLIO_BIN on a large portfolio of its own (needs sqlite3)
//   npm run measure -- --url LINK            measures a running folio: the link that `folio token link` prints,
//                                            and its portfolio with the most holdings
//   npm run measure -- --report              only prints
import { launch, openPage } from '../browser/support/browser.mjs';
import { startFolio } from '../browser/support/folio.mjs';
import { startPrices } from '../browser/support/prices.mjs';
import { tasksOf } from './tasks.mjs';
import { fillLarge } from './world.mjs';

const LIMITS = { scripts: 150, paint: 1000, task: 50, range: 200 };
const LOADS = 5;
const argument = name => {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
};
const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

let isOver = false;
function say(what, value, unit, limit, note = '') {
  const over = limit !== undefined && value > limit;
  isOver ||= over;
  const of = limit === undefined ? '' : ` (at most ${limit} ${unit})${over ? ' OVER' : ''}`;
  console.log(`${what}: ${Math.round(value * 10) / 10} ${unit}${of}${note}`);
}

/** What is measured: the address, how to log in there, and which portfolio. */
async function target() {
  const url = argument('--url');
  if (url !== undefined) {
    const link = new URL(url);
    const headers = { authorization: `Bearer ${link.searchParams.get('token')}` };
    const list = await (await fetch(`${link.origin}/api/v1/portfolios?limit=200`, { headers })).json();
    const largest = list.items.toSorted((a, b) => b.holding_count - a.holding_count)[0];
    console.log(`${largest.name}: ${largest.holding_count} holdings`);
    return { base: link.origin, link: url, id: largest.id, stop: async () => undefined };
  }
  const prices = await startPrices();
  const folio = await startFolio({ prices, settings: { FOLIO_PRICE_TTL: '1h', FOLIO_NOTIFY: 'console' } });
  const stop = async () => {
    await folio.stop();
    await prices.stop();
  };
  try {
    const { id, snapshots } = await fillLarge(folio, { holdings: 2000, snapshots: 10_000 });
    console.log(`2000 holdings, ${snapshots} snapshots`);
    return { base: folio.base, link: folio.link, id, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Notes the largest paint; has to be there before the page is. */
const notePaint = context =>
  context.addInitScript(() => {
    window.largestPaint = 0;
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) window.largestPaint = entry.startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
  });
const settled = page =>
  page.waitForFunction(
    () => document.querySelector('main') && !document.querySelector('[aria-busy="true"], [data-old]'),
  );

async function load(browser, { link, base }, path) {
  const { page, context, close } = await openPage(browser, { width: 1440 });
  await notePaint(context);
  // Logged in first, with a page that loads no script: the caches are cold for the one that is measured.
  await context.request.get(link, { maxRedirects: 0 });
  await page.goto(`${base}${path}`);
  await settled(page);
  const figures = await page.evaluate(() => ({
    paint: window.largestPaint,
    scripts: performance
      .getEntriesByType('resource')
      .filter(entry => entry.name.endsWith('.js'))
      .map(entry => ({ name: entry.name.split('/').at(-1), bytes: entry.encodedBodySize })),
  }));
  await close();
  return figures;
}

async function measureLoads(browser, at) {
  for (const [name, path] of [
    ['portfolios', '/'],
    ['large portfolio', `/portfolios/${at.id}`],
  ]) {
    const loads = [];
    for (let index = 0; index < LOADS; index += 1) loads.push(await load(browser, at, path));
    const isChart = script => /^CurveCanvas/.test(script.name);
    const scripts = loads[0].scripts.filter(script => !isChart(script));
    const chart = loads[0].scripts.filter(isChart);
    const kb = list => list.reduce((sum, script) => sum + script.bytes, 0) / 1024;
    say(`${name}, scripts compressed`, kb(scripts), 'KB', LIMITS.scripts);
    if (chart.length > 0) say(`${name}, Chart.js with the first curve`, kb(chart), 'KB');
    const paints = loads.map(each => each.paint);
    say(`${name}, largest contentful paint, median of ${LOADS}`, median(paints), 'ms', LIMITS.paint);
  }
}

async function measureScroll(browser, page) {
  const tasks = await tasksOf(browser, page, async () => {
    await page.mouse.move(700, 500);
    for (let step = 0; step < 120; step += 1) {
      await page.mouse.wheel(0, 600);
      await page.evaluate(() => new Promise(resolve => requestAnimationFrame(resolve)));
    }
  });
  const seen = await page.evaluate(() => scrollY);
  const clock = `, by the clock ${Math.round(tasks.longestByClock)} ms, ${tasks.count} tasks, ${seen} pixels`;
  say('scroll, longest task', tasks.longestWork, 'ms', LIMITS.task, clock);
}

async function measureRanges(browser, page) {
  await page.evaluate(() => scrollTo(0, 0));
  const choose = range =>
    page.evaluate(async wanted => {
      const label = [...document.querySelectorAll('label')].find(each => each.innerText.startsWith(wanted));
      const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
      const begin = performance.now();
      label.click();
      do await frame();
      while (document.querySelector('[data-old]') !== null);
      return performance.now() - begin;
    }, range);
  for (const range of ['7 d', 'All', '1 y', '24 h', '30 d']) {
    let wall = 0;
    const tasks = await tasksOf(browser, page, async () => {
      wall = await choose(range);
    });
    say(
      `range ${range}`,
      wall,
      'ms',
      LIMITS.range,
      `, longest task ${Math.round(tasks.longestWork)} ms of work`,
    );
  }
}

const at = await target();
const browser = await launch();
try {
  await measureLoads(browser, at);
  const { page, context } = await openPage(browser, { width: 1440 });
  await context.request.get(at.link, { maxRedirects: 0 });
  await page.goto(`${at.base}/portfolios/${at.id}`);
  await page.getByRole('row').nth(5).waitFor();
  await settled(page);
  await measureScroll(browser, page);
  await measureRanges(browser, page);
} finally {
  await browser.close();
  await at.stop();
}
if (isOver && !process.argv.includes('--report')) process.exitCode = 1;
