/**
 * `node tools/library-samples.mjs`: writes the code of docs/using-with.md anew, after a module in tests/e2e/libraries
 * has changed. A check compares the two.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { page, pageWithSamples } from './lib/library-samples.mjs';
import { root } from './lib/paths.mjs';

writeFileSync(path.join(root, page), pageWithSamples(root));
console.log(`${page} is up to date`);
