/** The check of what the documentation shows of the example apps, seen to fail: when a file changes, and when a page does. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as exampleSamples from '../../tools/checks/example-samples.mjs';
import { textWithSamples } from '../../tools/lib/example-samples.mjs';
import { tree } from './support.mjs';

const page = 'docs/some.md';
const module = 'www/examples/some/src/auth.ts';
const code = 'export const one = 1;\n\nexport const two = 2;\n';
const files = {
  [module]: code,
  [page]: `# Some\n\n<!-- ${module} -->\n\n\`\`\`ts\nold\n\`\`\`\n\n\`\`\`ts\nother\n\`\`\`\n`,
};

async function problemsAfter(change) {
  const root = tree(files);
  const right = textWithSamples(root, page);
  writeFileSync(path.join(root, page), right);
  assert.deepEqual(await exampleSamples.run({ root }), []);
  change((file) => path.join(root, file));
  return exampleSamples.run({ root });
}

test('the page has the file, with its name, and its other code is left alone', () => {
  const expected = files[page].replace('old\n', `// src/auth.ts\n${code}`);
  assert.equal(textWithSamples(tree(files), page), expected);
});

test('reported: the file has changed', async () => {
  const problems = await problemsAfter((at) => writeFileSync(at(module), `${code}export const three = 3;\n`));
  assert.match(problems.join(), /^docs\/some\.md:3: differs from www\/examples\/some\/src\/auth\.ts/);
});

test('reported: the page has changed', async () => {
  const problems = await problemsAfter((at) =>
    writeFileSync(at(page), readFileSync(at(page), 'utf8').replace('two', 'too')),
  );
  assert.equal(problems.length, 1);
});

test('reported: the file is gone', async () => {
  const problems = await problemsAfter((at) => rmSync(at(module)));
  assert.match(problems.join(), /does not exist/);
});
