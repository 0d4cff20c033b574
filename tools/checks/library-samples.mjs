/** What the docs show of other libraries is what the tests run. */
import { runAlone } from '../lib/check.mjs';
import { page, sampleProblems } from '../lib/library-samples.mjs';

export const name = `the code of ${page} is that of its tests`;

export async function run({ root }) {
  return sampleProblems(root);
}

await runAlone(import.meta, name, run);
