/**
 * `node tools/fetch-differences.mjs`: writes the table of docs/fetch.md anew, after the list in
 * tests/e2e/parity/differences.js has changed. A check compares the two.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { page, pageWithDifferences } from './lib/fetch-differences.mjs';
import { root } from './lib/paths.mjs';

writeFileSync(path.join(root, page), await pageWithDifferences(root));
console.log(`${page} is up to date`);
