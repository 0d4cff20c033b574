/** The check of the page about attacks, seen to fail: for a row, a test, or a page that stands alone. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as confinementTable from '../../tools/checks/confinement-table.mjs';
import { vectors } from '../../tools/lib/attack-rows.mjs';
import { page, pageWithTable } from '../../tools/lib/confinement-table.mjs';
import { listFiles } from '../../tools/lib/files.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

const attacks = listFiles(workspace, { under: ['tests/e2e'], extensions: ['.mjs'] }).filter((file) =>
  file.includes('/attack-'),
);
const files = Object.fromEntries(
  [page, vectors, ...attacks].map((file) => [file, readFileSync(path.join(workspace, file), 'utf8')]),
);

async function problemsAfter(file, change) {
  const root = tree(files);
  writeFileSync(path.join(root, page), await pageWithTable(root));
  assert.deepEqual(await confinementTable.run({ root }), []);
  writeFileSync(path.join(root, file), change(readFileSync(path.join(root, file), 'utf8')));
  return confinementTable.run({ root });
}

test('reported: a page that says something else', async () => {
  const problems = await problemsAfter(page, (text) =>
    text.replace('config_mismatch; resource', 'signed in; resource'),
  );
  assert.match(problems.join(), /confinement\.md:\d+: .*confinement-table\.mjs/);
});

test('reported: a test without a row', async () => {
  const problems = await problemsAfter(attacks[0], (text) => text + "attack('something new', () => {});\n");
  assert.match(problems.join(), /"something new" has no row/);
});

test('reported: a row without a test', async () => {
  const problems = await problemsAfter(vectors, (text) => {
    const { rows } = JSON.parse(text);
    rows[0].test = 'something else';
    return JSON.stringify({ rows });
  });
  assert.match(problems.join(), /has no test "something else"/);
});
