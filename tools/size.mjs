/**
 * `npm run size`: the size of every built file, and the budgets. Ends with 1 when one is exceeded.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { red, table } from './lib/console.mjs';
import { root } from './lib/paths.mjs';
import { measure, overBudget } from './lib/sizes.mjs';
import { ensureSetup } from './setup.mjs';

await ensureSetup(['node']);
if (!existsSync(path.join(root, 'pkg/index.js'))) {
  console.error('There is no built package yet: run `npm run build` first.');
  process.exit(1);
}

const rows = await measure(root);
const lines = table(
  ['bytes', 'raw', 'gzip', 'brotli', 'budget (brotli)'],
  rows.map(({ title, raw, gzip, brotli, budget }) => [title, raw, gzip, brotli, budget ?? '-']),
);
console.log(lines.join('\n'));

const problems = overBudget(rows);
for (const problem of problems) console.log(red(`over budget: ${problem}`));
process.exitCode = problems.length > 0 ? 1 : 0;
