/** The check of the page about bundlers, seen to fail: for a row, a test, a version, or a page that stands alone. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as bundlerTable from '../../tools/checks/bundler-table.mjs';
import { resultsFile } from '../../tools/lib/bundler-rows.mjs';
import { page, pageWithTable } from '../../tools/lib/bundler-table.mjs';
import { listFiles } from '../../tools/lib/files.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

const folder = path.posix.dirname(resultsFile);
const files = Object.fromEntries(
  [page, ...listFiles(workspace, { under: [folder] })].map((file) => [
    file,
    readFileSync(path.join(workspace, file), 'utf8'),
  ]),
);

async function problemsAfter(file, change) {
  const root = tree(files);
  writeFileSync(path.join(root, page), await pageWithTable(root));
  assert.deepEqual(await bundlerTable.run({ root }), []);
  writeFileSync(path.join(root, file), change(files[file] ?? ''));
  return bundlerTable.run({ root });
}

test('reported: a page that says something else', async () => {
  const problems = await problemsAfter(page, (text) => text.replace('`worker_failed`', 'works'));
  assert.match(problems.join(), /bundlers\.md:\d+: .*bundler-table\.mjs/);
});

test('reported: a file of the tests that the page shows as it was', async () => {
  const problems = await problemsAfter(`${folder}/webpack-5/webpack.config.js`, (text) =>
    text.replace("to: 'holdfast/'", "to: 'vault/'"),
  );
  assert.match(problems.join(), /bundlers\.md:\d+: .*bundler-table\.mjs/);
});

test('reported: a test without a row', async () => {
  const problems = await problemsAfter(`${folder}/new.test.mjs`, () => '');
  assert.match(problems.join(), /new\.test\.mjs: has no row/);
});

test('reported: a row without a test', async () => {
  const rows = { ...JSON.parse(files[resultsFile]), gone: { bundler: 'Gone' } };
  const problems = await problemsAfter(resultsFile, () => JSON.stringify(rows));
  assert.match(problems.join(), /"gone" has no gone\.test\.mjs/);
});

test('reported: a version that was not measured', async () => {
  const problems = await problemsAfter(`${folder}/vite-8/package.json`, (text) =>
    text.replace(/("vite": ")[^"]*/, '$17.0.0'),
  );
  assert.match(problems.join(), /vite-8\/package\.json: has vite 7\.0\.0; .* was measured with 8/);
});
