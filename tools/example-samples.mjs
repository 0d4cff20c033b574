/**
 * `node tools/example-samples.mjs`: writes the code that the documentation shows of the example apps anew, after one of
 * their files has changed. A check compares the two.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { samplePages, textWithSamples } from './lib/example-samples.mjs';
import { root } from './lib/paths.mjs';

for (const page of samplePages(root)) {
  const text = textWithSamples(root, page);
  writeFileSync(path.join(root, page), text);
}
console.log('The documentation shows the example apps as they are.');
