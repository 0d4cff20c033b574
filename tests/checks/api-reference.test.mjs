/** The check of the reference, seen to fail: with this package's own sources, each time changed in one place. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { run } from '../../tools/checks/api-reference.mjs';
import { readApi } from '../../tools/lib/api-model.mjs';
import { apiPages, missingFrom } from '../../tools/lib/api-pages.mjs';
import { root as workspace } from '../../tools/lib/paths.mjs';
import { tree } from './support.mjs';

function copy(changes = {}) {
  const root = tree({});
  for (const part of ['pkg-template', 'README.md']) {
    cpSync(path.join(workspace, part), path.join(root, part), { recursive: true });
  }
  for (const [file, change] of Object.entries(changes)) {
    const at = path.join(root, file);
    const before = readFileSync(at, 'utf8');
    const after = change(before);
    assert.notEqual(after, before, `nothing changed in ${file}`);
    writeFileSync(at, after);
  }
  return root;
}
const problemsAfter = (file, change) => run({ root: copy({ [`pkg-template/src/${file}`]: change }) });

test('the sources as they are', async () => {
  assert.deepEqual(await run({ root: copy() }), []);
});

test('reported: an option without TSDoc, with its place', async () => {
  const found = await problemsAfter('options.ts', (text) =>
    text.replace('  issuer: string;', '  issuer: string;\n  another?: string;'),
  );
  assert.equal(found.length, 1);
  assert.match(
    found[0],
    /pkg-template\/src\/options\.ts:\d+: AuthClientOptions\.another is exported and has no TSDoc/,
  );
});

test('reported: an error code without TSDoc', async () => {
  const found = await problemsAfter('errors.ts', (text) =>
    text.replace(/  \/\*\* This browser lacks.*\n/, ''),
  );
  assert.match(found.join(), /AuthErrorCode\.unsupported_browser is exported and has no TSDoc/);
});

test('reported: what an adapter exports without TSDoc, and members of its options', async () => {
  const root = copy({
    'pkg-template/package.json': (text) =>
      text.replace('"./worker.js":', '"./sample": { "types": "./sample.d.ts" },\n    "./worker.js":'),
    'pkg-template/tsconfig.json': (text) => text.replace('"src/index.ts"', '"src/index.ts", "src/sample.ts"'),
  });
  const code =
    'export interface SomeOptions {\n  one: string;\n}\nexport const make = (options: SomeOptions) => options;\n';
  writeFileSync(path.join(root, 'pkg-template/src/sample.ts'), `/** An adapter. */\n${code}`);
  const found = (await run({ root })).join('\n');
  assert.match(found, /sample\.ts:2: SomeOptions is exported/);
  assert.match(found, /sample\.ts:3: SomeOptions\.one is exported/);
  assert.match(found, /sample\.ts:5: make is exported/);
});

test('reported: a link in TSDoc that leads nowhere', async () => {
  const found = await problemsAfter('index.ts', (text) =>
    text.replace(' * @throws', ' * {@link Nowhere.at}\n * @throws'),
  );
  assert.match(found.join(), /\{@link Nowhere\.at\} names nothing/);
});

test('an error: a code that the README does not have', async () => {
  const change = (text) => text.replace("  | 'timeout'", "  | 'timeout'\n  /** New. */\n  | 'brand_new'");
  await assert.rejects(
    problemsAfter('errors.ts', change),
    /README\.md: the table of errors has no brand_new/,
  );
});

test('reported: what is exported, and on no page', () => {
  const modules = readApi(workspace);
  const pages = apiPages(workspace, modules);
  assert.deepEqual(missingFrom(pages, modules), []);
  // An adapter's page shows what it passes on.
  const without = Object.fromEntries(Object.entries(pages).filter(([, text]) => !text.includes('stepup')));
  assert.match(missingFrom(without, modules).join(), /AuthEvents: stepup is on no page/);
});

test('the pages have types, defaults, and what a call fails with', () => {
  const pages = apiPages(workspace, readApi(workspace), (code) =>
    code === 'timeout' ? [{ title: 'A page', link: '../a.md' }] : [],
  );
  assert.match(pages['reference/options.md'], /\| \[`scope`\]\(#scope\) \| `string` \| `'openid'` \|/);
  assert.match(pages['reference/options.md'], /## issuer \{#issuer\}[^#]*Required\./);
  assert.match(pages['reference/client.md'], /### auth\.fetch \{#fetch\}[^#]*\*\*Fails with\*\* `AuthError`/);
  assert.match(pages['reference/events.md'], /auth\.on\('sessionexpired', \(detail: \{ reason: 'refused'/);
  assert.match(
    pages['reference/errors.md'],
    /### timeout \{#timeout\}[^#]*`retryable` is true[^#]*\[A page\]\(\.\.\/a\.md\)/,
  );
});
