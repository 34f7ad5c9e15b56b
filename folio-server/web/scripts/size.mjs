// Says how large the first load is as a browser receives it, and fails above the budget.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const BUDGET_KB = 150;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const first = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(match => match[1]));

const kb = bytes => (bytes / 1024).toFixed(1);
const measure = name => {
  const text = readFileSync(new URL(name, dist));
  return { name, brotli: brotliCompressSync(text).length, gzip: gzipSync(text, { level: 9 }).length };
};
const files = readdirSync(new URL('assets/', dist))
  .filter(name => name.endsWith('.js'))
  .map(name => measure(`assets/${name}`))
  .sort((a, b) => b.brotli - a.brotli);

let brotli = 0;
let gzip = 0;
for (const file of files) {
  const isFirst = first.has(file.name);
  if (isFirst) {
    brotli += file.brotli;
    gzip += file.gzip;
  }
  console.log(
    `${isFirst ? 'first' : 'later'}  ${kb(file.brotli)} KB brotli  ${kb(file.gzip)} KB gzip  ${file.name}`,
  );
}
console.log(`first load: ${kb(brotli)} KB brotli, ${kb(gzip)} KB gzip, of ${BUDGET_KB} KB`);
if (first.size === 0 || gzip / 1024 > BUDGET_KB) process.exit(1);
