// Says how large the first load is as a browser receives it, and fails above the budget.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const BUDGET_KB = 150;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');

const kb = bytes => (bytes / 1024).toFixed(1);
const read = name => readFileSync(new URL(`assets/${name}`, dist), 'utf8');
const names = readdirSync(new URL('assets/', dist)).filter(name => name.endsWith('.js'));
const sizes = new Map(
  names.map(name => [
    name,
    { brotli: brotliCompressSync(read(name)).length, gzip: gzipSync(read(name), { level: 9 }).length },
  ]),
);

/** A chunk and all that it cannot run without. */
function closure(roots) {
  const found = new Set();
  const add = name => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, next] of read(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) add(next);
  };
  roots.forEach(add);
  return [...found];
}

const sum = (chunks, how) => chunks.reduce((all, name) => all + sizes.get(name)[how], 0);
const entries = [...html.matchAll(/src="\/assets\/([^"]+\.js)"/g)].map(match => match[1]);
const screens = names.filter(name => /Screen-/.test(name));
let isTooLarge = entries.length === 0 || screens.length === 0;
for (const screen of screens) {
  const chunks = closure([...entries, screen]);
  const gzip = sum(chunks, 'gzip');
  isTooLarge ||= gzip / 1024 > BUDGET_KB;
  console.log(
    `first load of ${screen.split('-')[0]}: ${kb(sum(chunks, 'brotli'))} KB brotli, ${kb(gzip)} KB gzip, of ${BUDGET_KB} KB`,
  );
}
for (const name of names.sort((a, b) => sizes.get(b).brotli - sizes.get(a).brotli)) {
  console.log(`${kb(sizes.get(name).brotli).padStart(6)} KB brotli  ${name}`);
}
if (isTooLarge) process.exit(1);
