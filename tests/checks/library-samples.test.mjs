/** The check of the page about other libraries, seen to fail: when a module changes, and when the page does. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as librarySamples from '../../tools/checks/library-samples.mjs';
import { page, pageWithSamples } from '../../tools/lib/library-samples.mjs';
import { tree } from './support.mjs';

const module = 'tests/e2e/libraries/some.js';
const files = {
  [module]: `// #region docs
import some from 'some';

// #endregion

export default function ({ auth }) {
  // #region docs
  const client = some({
    fetch: auth.fetch,
  });
  // #endregion
  return { client };
}
`,
  [page]: `# Libraries\n\n<!-- ${module} -->\n\n\`\`\`js\n\`\`\`\n`,
};

async function problemsAfter(file, change) {
  const root = tree(files);
  writeFileSync(path.join(root, page), pageWithSamples(root));
  assert.deepEqual(await librarySamples.run({ root }), []);
  writeFileSync(path.join(root, file), change(readFileSync(path.join(root, file), 'utf8')));
  return librarySamples.run({ root });
}

test('the page has what is marked, at the margin', () => {
  const code = "import some from 'some';\n\nconst client = some({\n  fetch: auth.fetch,\n});\n";
  assert.equal(pageWithSamples(tree(files)), files[page].replace('```js\n', `\`\`\`js\n${code}`));
});

test('reported: a module that changed, and not the page', async () => {
  const problems = await problemsAfter(module, (text) => text.replace('auth.fetch', 'fetch'));
  assert.match(problems.join(), /using-with\.md:\d+: differs from .*some\.js/);
});

test('reported: a page that changed, and not the module', async () => {
  const problems = await problemsAfter(page, (text) => text.replace('auth.fetch', 'fetch'));
  assert.match(problems.join(), /using-with\.md:\d+: differs from .*some\.js/);
});

test('reported: code that no test runs, and a module that the page leaves out', async () => {
  const problems = await problemsAfter(page, (text) => text.replace(/<!-- .* -->\n\n/, ''));
  assert.match(problems[0], /using-with\.md:\d+: no test runs this/);
  assert.match(problems[1], /does not show .*some\.js/);
  assert.equal(problems.length, 2);
});

test('an error: a module without a marked region', () => {
  const bare = { ...files, [module]: 'export default 1;\n' };
  assert.throws(() => pageWithSamples(tree(bare)), /some\.js: has no `\/\/ #region docs`/);
});
