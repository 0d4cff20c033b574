/** The check of the documentation site, seen to fail; and what becomes of links between pages. */
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { run } from '../../tools/checks/documentation-site.mjs';
import { assemble } from '../../tools/lib/docs-site.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

function copy() {
  const root = tree({});
  const parts = [
    'docs',
    'pkg-template',
    'www/docs',
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
  ];
  for (const part of parts) cpSync(path.join(workspace, part), path.join(root, part), { recursive: true });
  return root;
}

test('the pages as they are', async () => {
  assert.deepEqual(await run({ root: copy() }), []);
});

test('reported: a page that the sidebar does not name', async () => {
  const root = copy();
  writeFileSync(path.join(root, 'docs/new.md'), '# New\n');
  assert.match((await run({ root })).join(), /sidebar\.mjs does not name docs\/new\.md/);
});

test('reported: a page that the sidebar names, and that is gone', async () => {
  const root = copy();
  rmSync(path.join(root, 'docs/size.md'));
  assert.match((await run({ root })).join(), /sidebar\.mjs names docs\/size\.md, which is absent/);
});

test('links lead to pages of the site, pictures come along, and files of the source are words', () => {
  const root = copy();
  const text = [
    '# Size',
    '[up](../README.md#the-csp-to-send), [a recipe](providers/okta.md), [a check](../tools/size.mjs), [here](#size)',
    '[elsewhere](https://example.com/), `[code](fetch.md)` is',
    '<img src="demo-light.png" alt="" />',
    '```md\n[code](../README.md)\n```\n',
  ].join('\n\n');
  writeFileSync(path.join(root, 'docs/size.md'), text);
  const { pages, files } = assemble(root);
  assert.match(
    pages['size.md'],
    /\[up\]\(\.\/overview\.md#the-csp-to-send\), \[a recipe\]\(\.\/providers\/okta\.md\), a check,/,
  );
  assert.match(pages['size.md'], /\[here\]\(#size\)/);
  assert.match(pages['size.md'], /\[elsewhere\]\(https:\/\/example\.com\/\)/);
  assert.match(pages['size.md'], /src="\.\/demo-light\.png"/);
  assert.match(pages['size.md'], /```md\n\[code\]\(\.\.\/README\.md\)/);
  assert.equal(files['demo-light.png'], 'docs/demo-light.png');
  assert.match(pages['providers/okta.md'], /\[DPoP\]\(\.\.\/dpop\.md\)/);
});
