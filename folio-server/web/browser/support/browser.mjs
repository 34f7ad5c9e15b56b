import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** On a machine with other work everything takes its time. */
const PATIENCE = 120_000;

export const launch = () =>
  chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // As root, and in containers, its own sandbox does not start.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });

/** A page that remembers everything that went wrong in it. */
export async function openPage(browser, { theme = 'light', width = 1280, height = 900 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    hasTouch: width < 500,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const faults = [];
  let expected = [];
  const note = (text, url = '') => {
    if (!expected.some(each => each.test(`${text} ${url}`))) faults.push(`${text} ${url}`.trim());
  };
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) note(message.text(), message.location().url);
  });
  page.on('pageerror', error => note(`uncaught: ${error.message}`));
  await context.exposeBinding('noteViolation', (_, what) => note(`policy: ${what}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event =>
      window.noteViolation(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return {
    page,
    context,
    faults,
    /** What may go wrong from now on: the browser itself writes refused calls into its console. */
    expect: (...patterns) => void (expected = patterns),
    close: () => context.close(),
  };
}

/** What axe finds wrong with the page as it is now. */
export async function violations(page) {
  // Evaluated by the debugger, which no policy of the page keeps out.
  await page.evaluate(`${AXE}; undefined`);
  return page.evaluate(async () => {
    const result = await window.axe.run(document);
    return result.violations.map(
      each =>
        `${each.id}: ${each.nodes.map(node => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`).join(' | ')}`,
    );
  });
}
