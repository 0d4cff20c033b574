/**
 * `node tools/fault-table.mjs`: writes the table of docs/rotation-faults.md anew, after the rows in
 * tests/vectors/rotation-faults.json have changed. A check compares the two.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { page, pageWithTable } from './lib/fault-table.mjs';
import { root } from './lib/paths.mjs';

writeFileSync(path.join(root, page), await pageWithTable(root));
console.log(`${page} is up to date`);
