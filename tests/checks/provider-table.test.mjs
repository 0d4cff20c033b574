/** The check of what is made from src/core/providers.json, seen to fail: for the vault's table, the page, the types and the data itself. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as providerTable from '../../tools/checks/provider-table.mjs';
import { dataFile, page, rustFile, typesFile } from '../../tools/lib/provider-data.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

const files = Object.fromEntries(
  [dataFile, page, rustFile, typesFile].map((file) => [
    file,
    readFileSync(path.join(workspace, file), 'utf8'),
  ]),
);

async function problemsAfter(file, from, to) {
  const root = tree(files);
  assert.deepEqual(await providerTable.run({ root }), []);
  const changed = files[file].replace(from, to);
  assert.notEqual(changed, files[file]);
  writeFileSync(path.join(root, file), changed);
  return (await providerTable.run({ root })).join('\n');
}

test('reported: another default in the vault', async () => {
  assert.match(
    await problemsAfter(rustFile, 'grace: 30', 'grace: 60'),
    /profiles\.rs:\d+: .*provider-table\.mjs/,
  );
});

test('reported: another default in the data', async () => {
  const problems = await problemsAfter(dataFile, '"rotationGraceSeconds": 30', '"rotationGraceSeconds": 60');
  assert.match(problems, /profiles\.rs:\d+/);
  assert.match(problems, /providers\.md:\d+/);
});

test('reported: a page that says something else', async () => {
  assert.match(await problemsAfter(page, '30 s (0 to 60)', '40 s (0 to 60)'), /providers\.md:\d+/);
});

test('reported: a fact without a source', async () => {
  const problems = await problemsAfter(dataFile, '"source": "okta-dpop"', '"source": "hearsay"');
  assert.match(problems, /okta\.dpop has the source 'hearsay', which is none/);
  assert.match(problems, /no fact has the source 'okta-dpop'/);
});

test('reported: a name that the types lack', async () => {
  assert.match(await problemsAfter(typesFile, /'duende'( \|)?/, ''), /ProviderName must be okta, .*duende/);
});
