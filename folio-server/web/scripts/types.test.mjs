import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generate } from './types.mjs';

it('has types that are those of openapi.json', { timeout: 60_000 }, async () => {
  const present = await readFile(new URL('../src/api/schema.d.ts', import.meta.url), 'utf8');
  expect(present === (await generate()), 'src/api/schema.d.ts is stale: run npm run types').toBe(true);
});
