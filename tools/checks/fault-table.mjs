/** The page about faults says what the tests measure: its table follows from the rows that they compare with. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { vectors } from '../lib/fault-rows.mjs';
import { page, pageWithTable } from '../lib/fault-table.mjs';

export const name = `the table of ${page} is that of ${vectors}`;

export async function run({ root }) {
  const written = readFileSync(path.join(root, page), 'utf8').split('\n');
  const expected = (await pageWithTable(root)).split('\n');
  const line = expected.findIndex((text, index) => text !== written[index]);
  if (line === -1 && written.length === expected.length) return [];
  return [`${page}:${line + 1}: differs from ${vectors}: run \`node tools/fault-table.mjs\``];
}

await runAlone(import.meta, name, run);
