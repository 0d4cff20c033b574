/** The built files keep within budgets.json. `npm run size` prints the numbers. */
import { runAlone, unbuiltProblem } from '../lib/check.mjs';
import { measure, overBudget } from '../lib/sizes.mjs';

export const name = 'the built files keep within their budgets';
export const needs = ['package'];

export async function run({ root }) {
  const absent = [...unbuiltProblem(root, 'pkg/index.js'), ...unbuiltProblem(root, 'pkg/worker.js')];
  return absent.length > 0 ? absent : overBudget(await measure(root));
}

await runAlone(import.meta, name, run);
