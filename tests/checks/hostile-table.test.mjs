/** The check of the page about the hostile server, seen to fail: for a row, a test, a result, or a page that stands alone. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as hostileTable from '../../tools/checks/hostile-table.mjs';
import { kinds, resultsFile, rowsFile } from '../../tools/lib/hostile-rows.mjs';
import { page, pageWithTable } from '../../tools/lib/hostile-table.mjs';
import { tree } from './support.mjs';

const row = (id, expected) => ({ id, source: 'own', does: `It does ${id}.`, expected });
const everywhere = (kind, outcome) => Object.fromEntries(kinds[kind].map((place) => [place, outcome]));
const files = {
  [page]: '<!-- browser --><!-- /browser -->\n\n<!-- host --><!-- /host -->\n',
  [rowsFile('browser')]: JSON.stringify({ rows: [row('H01', 'issuer_mismatch')] }),
  [resultsFile('browser')]: JSON.stringify({ H01: everywhere('browser', 'issuer_mismatch') }),
  [rowsFile('host')]: JSON.stringify({ rows: [row('own-x', 'accepted')] }),
  [resultsFile('host')]: JSON.stringify({ 'own-x': everywhere('host', 'accepted') }),
  'tests/e2e/hostile-one.test.mjs': "hostile('H01', {});\n",
  'tests/hostile_one.rs': 'let row = hostile::row("own-x");\n',
};

async function problemsAfter(file, change) {
  const root = tree(files);
  writeFileSync(path.join(root, page), await pageWithTable(root));
  assert.deepEqual(await hostileTable.run({ root }), []);
  writeFileSync(path.join(root, file), change(readFileSync(path.join(root, file), 'utf8')));
  return (await hostileTable.run({ root })).join('\n');
}

test('reported: a page that says something else', async () => {
  const problems = await problemsAfter(page, (text) => text.replace('accepted', 'refused'));
  assert.match(problems, /hostile-server\.md:\d+: .*hostile-table\.mjs/);
});

test('reported: a test without a row', async () => {
  for (const [file, more] of [
    ['tests/e2e/hostile-one.test.mjs', "hostile('new', {});\n"],
    ['tests/hostile_one.rs', 'hostile::row("new");\n'],
  ])
    assert.match(await problemsAfter(file, (text) => text + more), /"new" has no row/);
});

test('reported: a row without a test, and one with two', async () => {
  const file = 'tests/e2e/hostile-one.test.mjs';
  assert.match(await problemsAfter(file, () => ''), /"H01" is named by no test/);
  assert.match(await problemsAfter(file, (text) => text + text), /"H01" is named by .* and /);
});

test('reported: an id of two rows', async () => {
  const problems = await problemsAfter(rowsFile('host'), (text) => {
    const { rows } = JSON.parse(text);
    return JSON.stringify({ rows: [...rows, ...rows] });
  });
  assert.match(problems, /"own-x" is there more than once/);
});

test('reported: a result that is not what the row expects, and a row without one', async () => {
  const file = resultsFile('browser');
  const other = await problemsAfter(file, (text) => text.replace('issuer_mismatch', 'accepted'));
  assert.match(other, /"H01": accepted in Chromium, not issuer_mismatch/);
  assert.match(await problemsAfter(file, () => '{}'), /"H01": nothing in WebKit/);
});
