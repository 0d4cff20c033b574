/**
 * `node tools/bundler-table.mjs`: writes the table of docs/bundlers.md anew, after the rows in
 * tests/ecosystem/bundlers/results.json have changed. A check compares the two.
 * `--measured`: first takes over what the tests have measured here the last time that they ran.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { measured, results, resultsFile } from './lib/bundler-rows.mjs';
import { page, pageWithTable } from './lib/bundler-table.mjs';
import { root } from './lib/paths.mjs';

if (process.argv.includes('--measured')) {
  const rows = Object.entries({ ...results(), ...measured() }).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(Object.fromEntries(rows));
  writeFileSync(path.join(root, resultsFile), await format(text, { parser: 'json', printWidth: 110 }));
}
writeFileSync(path.join(root, page), await pageWithTable(root));
console.log(`${page} is up to date`);
