/** The check of the page about faults, seen to fail: when a row changes, and when the page does. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as faultTable from '../../tools/checks/fault-table.mjs';
import { vectors } from '../../tools/lib/fault-rows.mjs';
import { page, pageWithTable } from '../../tools/lib/fault-table.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

const files = Object.fromEntries(
  [page, vectors].map((file) => [file, readFileSync(path.join(workspace, file), 'utf8')]),
);

async function problemsAfter(file, change) {
  const root = tree(files);
  writeFileSync(path.join(root, page), await pageWithTable(root));
  assert.deepEqual(await faultTable.run({ root }), []);
  writeFileSync(path.join(root, file), change(readFileSync(path.join(root, file), 'utf8')));
  return faultTable.run({ root });
}

test('reported: a row that changed, and not the page', async () => {
  const problems = await problemsAfter(vectors, (text) => {
    const { rows } = JSON.parse(text);
    rows[0].requests.push('current: 200');
    return JSON.stringify({ rows });
  });
  assert.match(problems.join(), /rotation-faults\.md:\d+: .*fault-table\.mjs/);
});

test('reported: a page that changed, and not the row', async () => {
  const problems = await problemsAfter(page, (text) => text.replace('succeed, at once', 'succeed, some day'));
  assert.match(problems.join(), /rotation-faults\.md:\d+: .*fault-table\.mjs/);
  assert.equal((await problemsAfter(page, (text) => `${text}\n`)).length, 1);
});

test('an error: a page without the place for the table', async () => {
  await assert.rejects(
    problemsAfter(page, (text) => text.replace('<!-- faults -->', '')),
    /are missing/,
  );
});
