import { readFileSync, readdirSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { extname } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const DIST = new URL('../../dist/', import.meta.url);
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As the server sends it. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/** What is the server's own, and never a view of the page. */
const SERVER = /^\/(api|health|ready|metrics|docs|admin|openapi\.json)(\/|$)|^\/\?token=/;

/** The page in front of a binary that was built without one. Everything else goes through to the binary. */
export async function startFront(target) {
  const files = new Map();
  for (const name of readdirSync(DIST, { recursive: true })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = brotliCompressSync(readFileSync(new URL(name, DIST)));
    files.set(`/${name}`, { type, body, isHashed: name.startsWith('assets/') });
  }
  if (!files.has('/index.html')) throw new Error('there is no page in dist: npm run build makes it');
  const { hostname, port } = new URL(target);

  const server = createServer((request, response) => {
    if (SERVER.test(request.url)) {
      // The Host stays that of the page: the server compares it with Origin.
      const passed = ask(
        { hostname, port, method: request.method, path: request.url, headers: request.headers },
        answer => {
          response.writeHead(answer.statusCode, answer.headers);
          answer.pipe(response);
        },
      );
      passed.on('error', () => response.destroy());
      response.on('close', () => passed.destroy());
      request.pipe(passed);
      return;
    }
    const { pathname } = new URL(request.url, target);
    const file =
      files.get(pathname) ?? (pathname.startsWith('/assets/') ? undefined : files.get('/index.html'));
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': file.type,
      'content-encoding': 'br',
      'content-security-policy': POLICY,
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    response.end(file.body);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
