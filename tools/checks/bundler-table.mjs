/** The page about bundlers says what the tests measure: each row has its test, each test its row, and the table follows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { resultsFile } from '../lib/bundler-rows.mjs';
import { page, pageWithTable, unmatched } from '../lib/bundler-table.mjs';
import { runAlone } from '../lib/check.mjs';

export const name = `the table of ${page} is that of ${resultsFile}, and each row has its test`;

export async function run({ root }) {
  const written = readFileSync(path.join(root, page), 'utf8').split('\n');
  const expected = (await pageWithTable(root)).split('\n');
  const line = expected.findIndex((text, index) => text !== written[index]);
  const isSame = line === -1 && written.length === expected.length;
  const differs = `${page}:${line + 1}: differs from ${resultsFile}: run \`node tools/bundler-table.mjs\``;
  return [...(isSame ? [] : [differs]), ...unmatched(root)];
}

await runAlone(import.meta, name, run);
