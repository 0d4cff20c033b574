/** The page about fetch lists the differences that the tests show, and no others. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { list, page, pageWithDifferences } from '../lib/fetch-differences.mjs';

export const name = `the table of ${page} is that of ${list}`;

export async function run({ root }) {
  const written = readFileSync(path.join(root, page), 'utf8').split('\n');
  const expected = (await pageWithDifferences(root)).split('\n');
  const line = expected.findIndex((text, index) => text !== written[index]);
  if (line === -1 && written.length === expected.length) return [];
  return [`${page}:${line + 1}: differs from ${list}: run \`node tools/fetch-differences.mjs\``];
}

await runAlone(import.meta, name, run);
