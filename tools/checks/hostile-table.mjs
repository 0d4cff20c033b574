/** The page about the hostile server says what the tests measure: each row has its test, each test its row, and the tables follow. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { page, pageWithTable, unmatched } from '../lib/hostile-table.mjs';

export const name = `the tables of ${page} are those of tests/vectors/hostile-*.json, and of the tests that name their rows`;

export async function run({ root }) {
  const written = readFileSync(path.join(root, page), 'utf8').split('\n');
  const expected = (await pageWithTable(root)).split('\n');
  const line = expected.findIndex((text, index) => text !== written[index]);
  const isSame = line === -1 && written.length === expected.length;
  const differs = `${page}:${line + 1}: differs from the rows: run \`node tools/hostile-table.mjs\``;
  return [...(isSame ? [] : [differs]), ...unmatched(root)];
}

await runAlone(import.meta, name, run);
