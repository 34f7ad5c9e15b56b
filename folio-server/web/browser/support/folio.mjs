import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, until } from './ports.mjs';

const run = promisify(execFile);

/**
 * The real binary on a directory of its own, against a price server of its own.
 *
 * It serves the page that was built into it; a binary that was built without one is refused.
 */
export async function startFolio({ prices, settings = {} }) {
  const bin = process.env['FOLIO_BIN'];
  if (!bin) throw new Error('FOLIO_BIN names the binary to drive, such as target/release/folio');
  const directory = await mkdtemp(join(tmpdir(), 'folio-page-'));
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    FOLIO_BIND: `127.0.0.1:${port}`,
    FOLIO_DATA_DIR: directory,
    FOLIO_LOG: 'error',
    // A test looks at more in a second than a person does.
    FOLIO_REQUESTS_PER_SECOND: '0',
    FOLIO_COINGECKO_URL: `${prices.url}/api/v3`,
    FOLIO_COINGECKO_PER_MINUTE: '600',
    FOLIO_YAHOO_URL: prices.url,
    FOLIO_FX_URL: `${prices.url}/v2`,
    FOLIO_PRICE_TTL: '1s',
    ...settings,
  };
  const address = `http://127.0.0.1:${port}`;
  let running;

  const start = async () => {
    const child = spawn(bin, ['serve'], { env, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', part => (said = (said + part).slice(-4000)));
    running = child;
    await until('folio to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`folio ended: ${said}`);
      return (await fetch(`${address}/ready`)).ok;
    });
  };
  const stop = async () => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  };

  try {
    await start();
    const plain = await (await fetch(`${address}/`)).text();
    if (!plain.includes('/assets/')) throw new Error(`${bin} has no page in it: build the page, then it`);
    const { stdout } = await run(bin, ['token', 'link'], { env, cwd: directory });
    const printed = /https?:\/\/\S+/.exec(stdout)?.[0];
    if (printed === undefined) throw new Error(`folio token link printed ${stdout}`);
    const token = new URL(printed).searchParams.get('token');
    return {
      base: address,
      directory,
      token,
      link: `${address}/?token=${encodeURIComponent(token)}`,
      pause: stop,
      resume: start,
      /** Asks the API itself, as a script would. */
      api: async (method, path, body) => {
        const response = await fetch(`${address}/api/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
        return text === '' ? null : JSON.parse(text);
      },
      stop: async () => {
        await stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
