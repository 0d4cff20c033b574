/**
 * `node tools/confinement-table.mjs`: writes the table of docs/confinement.md anew, after the rows in
 * tests/vectors/confinement.json have changed. A check compares the two.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { page, pageWithTable } from './lib/confinement-table.mjs';
import { root } from './lib/paths.mjs';

writeFileSync(path.join(root, page), await pageWithTable(root));
console.log(`${page} is up to date`);
