import { createServer } from 'node:net';

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Waits for a condition; what it says at last is the error. */
export async function until(what, condition, timeout = 120_000) {
  const end = Date.now() + timeout;
  let last;
  while (Date.now() < end) {
    try {
      const found = await condition();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${timeout / 1000} s for ${what}${last === undefined ? '' : `: ${last.message}`}`);
}
