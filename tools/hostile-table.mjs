/**
 * `node tools/hostile-table.mjs`: writes the tables of docs/hostile-server.md anew, after the rows in
 * tests/vectors/hostile-browser.json or hostile-host.json have changed. A check compares them.
 * `--measured`: first takes over what the tests have measured here the last time that they ran.
 * What a row has is said in tools/lib/hostile-rows.mjs.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { kinds, resultsFile } from './lib/hostile-rows.mjs';
import { page, pageWithTable, resultsWithMeasured } from './lib/hostile-table.mjs';
import { root } from './lib/paths.mjs';

if (process.argv.includes('--measured')) {
  for (const kind of Object.keys(kinds))
    writeFileSync(path.join(root, resultsFile(kind)), await resultsWithMeasured(root, kind));
}
writeFileSync(path.join(root, page), await pageWithTable(root));
console.log(`${page} is up to date`);
