/** The check of the page about fetch, seen to fail: when the list changes, and when the page does. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as check from '../../tools/checks/fetch-differences.mjs';
import { list, page } from '../../tools/lib/fetch-differences.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

const files = Object.fromEntries(
  [page, list].map((file) => [file, readFileSync(path.join(workspace, file), 'utf8')]),
);

function problemsAfter(file, change) {
  const root = tree({ 'package.json': '{ "type": "module" }', ...files });
  const place = path.join(root, file);
  writeFileSync(place, change(readFileSync(place, 'utf8')));
  return check.run({ root });
}

test('the page as it is has no problem', async () => {
  assert.deepEqual(await problemsAfter(page, (text) => text), []);
});

test('reported: a difference that is new, and not in the page', async () => {
  const more = "more: { what: 'More.', why: 'Because.' },";
  const problems = await problemsAfter(list, (text) => text.replace('differences = {', `$&${more}`));
  assert.match(problems.join(), /fetch\.md:\d+: .*fetch-differences\.mjs/);
});

test('reported: a page that changed, and not the list', async () => {
  const problems = await problemsAfter(page, (text) =>
    text.replace('| ------', '| A row | of its own |\n| ------'),
  );
  assert.match(problems.join(), /fetch\.md:\d+: .*fetch-differences\.mjs/);
});

test('an error: a page without the place for the table', async () => {
  await assert.rejects(
    problemsAfter(page, (text) => text.replace('<!-- differences -->', '')),
    /are missing/,
  );
});
