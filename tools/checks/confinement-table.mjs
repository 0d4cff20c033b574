/** The page about attacks says what the tests measure: each row has its test, each test its row, and the table follows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { vectors } from '../lib/attack-rows.mjs';
import { runAlone } from '../lib/check.mjs';
import { page, pageWithTable, unmatched } from '../lib/confinement-table.mjs';

export const name = `the table of ${page} is that of ${vectors}, and of the attacks in tests/e2e`;

export async function run({ root }) {
  const written = readFileSync(path.join(root, page), 'utf8').split('\n');
  const expected = (await pageWithTable(root)).split('\n');
  const line = expected.findIndex((text, index) => text !== written[index]);
  const isSame = line === -1 && written.length === expected.length;
  const differs = `${page}:${line + 1}: differs from ${vectors}: run \`node tools/confinement-table.mjs\``;
  return [...(isSame ? [] : [differs]), ...unmatched(root)];
}

await runAlone(import.meta, name, run);
