// Writes src/api/schema.d.ts from the committed openapi.json. With `--check` it only says whether that is stale.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const document = new URL('../openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

export async function generate() {
  const head = '// Generated from openapi.json by `npm run types`. Not edited by hand.\n\n';
  return head + astToString(await openapiTS(document, { defaultNonNullable: false }));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const wanted = await generate();
  if (process.argv.includes('--check')) {
    const present = await readFile(target, 'utf8').catch(() => '');
    if (present !== wanted) {
      console.error('src/api/schema.d.ts is stale: run npm run types');
      process.exit(1);
    }
  } else {
    await writeFile(target, wanted);
  }
}
