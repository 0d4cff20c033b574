/** What the documentation shows of an example app is what its test builds and runs. */
import { runAlone } from '../lib/check.mjs';
import { exampleSampleProblems } from '../lib/example-samples.mjs';

export const name = 'the documentation shows the example apps as they are';

export async function run({ root }) {
  return exampleSampleProblems(root);
}

await runAlone(import.meta, name, run);
