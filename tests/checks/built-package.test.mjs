/** The rules about the built package, each seen to fail on a small package that is broken in one way. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import test from 'node:test';
import * as builtFiles from '../../tools/checks/built-files.mjs';
import { listProblems, packedFiles } from '../../tools/checks/package-files.mjs';
import * as effects from '../../tools/checks/package-effects.mjs';
import * as manifest from '../../tools/checks/package-manifest.mjs';
import * as types from '../../tools/checks/package-types.mjs';
import * as consumers from '../../tools/checks/typescript-consumers.mjs';
import { measure, overBudget } from '../../tools/lib/sizes.mjs';
import { tree } from './support.mjs';

const right = {
  'package.json': JSON.stringify({
    name: 'holdfast',
    version: '0.0.1',
    type: 'module',
    license: 'MIT',
    files: ['*.js', '*.d.ts'],
    sideEffects: false,
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
  }),
  'index.js':
    "import { send } from './channel.js';\nexport const create = () => send(new URL('./worker.js', import.meta.url));\n",
  'index.d.ts': 'export declare const create: () => void;\n',
  'channel.js': 'export const send = (address) => new Worker(address);\n',
  'worker.js':
    "(() => { const text = 'import x'; const exports = { export: 1 }; self.import_ = [text, exports]; })();\n",
};

const built = (changes = {}) =>
  tree(
    Object.fromEntries(Object.entries({ ...right, ...changes }).map(([file, text]) => [`pkg/${file}`, text])),
  );

test('the right package has no problem', async () => {
  const root = built();
  assert.deepEqual(await builtFiles.run({ root }), []);
  assert.deepEqual(await manifest.run({ root }), []);
  assert.deepEqual(await types.run({ root }), []);
  assert.deepEqual(await effects.run({ root }), []);
});

for (const word of builtFiles.forbiddenInPage) {
  test(`reported: "${word}" in the page's code, also in what it imports`, async () => {
    const inEntry = await builtFiles.run({ root: built({ 'index.js': `export const x = '${word}';` }) });
    assert.match(inEntry.join(), /^pkg\/index\.js:1: /);
    const inImport = await builtFiles.run({
      root: built({ 'channel.js': `\nexport const send = '${word}';` }),
    });
    assert.match(inImport.join(), /^pkg\/channel\.js:2: /);
  });
}

for (const code of [
  "import x from './x.js';",
  "import('./x.js');",
  'export {};',
  'const x=import.meta.url;',
  ';export default 1',
]) {
  test(`reported: \`${code}\` in the worker`, async () => {
    assert.match(
      (await builtFiles.run({ root: built({ 'worker.js': code }) })).join(),
      /^pkg\/worker\.js:1: /,
    );
    assert.match(
      (await builtFiles.run({ root: built({ 'escrow.js': code }) })).join(),
      /^pkg\/escrow\.js:1: /,
    );
  });
}

test('reported: the page imports a file that is not in the package', async () => {
  const problems = await builtFiles.run({ root: built({ 'index.js': "export * from './gone.js';" }) });
  assert.match(problems.join(), /gone\.js: .*not in the package/);
});

test('reported: nothing was built', async () => {
  const root = tree({ 'README.md': '' });
  for (const check of [builtFiles, manifest, consumers, types, effects]) {
    assert.match((await check.run({ root })).join(), /npm run build/);
  }
});

test('reported: a file too many and a file too few in the tarball', async () => {
  const files = await packedFiles(path.join(built({ 'secret.pem': '' }), 'pkg'));
  assert.deepEqual(files, ['channel.js', 'index.d.ts', 'index.js', 'package.json', 'worker.js']);
  const expected = [...files.filter((file) => file !== 'channel.js'), 'escrow.js'];
  assert.deepEqual(listProblems(files, expected), [
    'channel.js is in the tarball, but not in packed-files.json',
    'escrow.js is missing from the tarball',
  ]);
});

test('reported: an export that does not exist', async () => {
  const broken = JSON.parse(right['package.json']);
  broken.exports['./react'] = './react.js';
  const problems = await manifest.run({ root: built({ 'package.json': JSON.stringify(broken) }) });
  assert.match(problems.join(), /react\.js.*does not exist/);
});

test('reported: types that come after the code in an export', async () => {
  const broken = JSON.parse(right['package.json']);
  broken.exports['.'] = { default: './index.js', types: './index.d.ts' };
  assert.notDeepEqual(await manifest.run({ root: built({ 'package.json': JSON.stringify(broken) }) }), []);
});

test('reported: types of a file that only a bundler would find', async () => {
  const changes = { 'index.d.ts': "export * from './create';\n", 'create.d.ts': right['index.d.ts'] };
  assert.match((await types.run({ root: built(changes) })).join(), /node16-esm.*resol/);
});

test('reported: an entry without types', async () => {
  const broken = JSON.parse(right['package.json']);
  broken.exports['./channel'] = './channel.js';
  const problems = await types.run({ root: built({ 'package.json': JSON.stringify(broken) }) });
  assert.match(problems.join(), /\.\/channel \(node16-esm\)/);
});

test('reported: an entry that needs a window to be imported, also in what it imports', async () => {
  for (const file of ['index.js', 'channel.js']) {
    const root = built({ [file]: right[file] + 'document.title;\n' });
    assert.match((await effects.run({ root })).join(), /pkg\/index\.js: .*document is not defined/);
  }
});

test('reported: an entry that leaves something behind, unless sideEffects names it', async () => {
  const changes = { 'index.js': right['index.js'] + 'globalThis.holdfast = create;\n' };
  assert.match((await effects.run({ root: built(changes) })).join(), /defines the global holdfast/);
  const manifest = { ...JSON.parse(right['package.json']), sideEffects: ['./index.js'] };
  const root = built({ ...changes, 'package.json': JSON.stringify(manifest) });
  assert.deepEqual(await effects.run({ root }), []);
});

test('other packages are not asked, whatever is done with them', async () => {
  const entry = `import React, { createContext } from 'react';
    import { Injectable } from '@angular/core';
    export const context = createContext(null);
    export class Service extends React.Component {}
    Injectable({ providedIn: 'root' })(Service);`;
  assert.deepEqual(await effects.run({ root: built({ 'index.js': entry }) }), []);
});

test('reported: a program that uses the package has a type error, under every setting', async () => {
  const program = "import { create } from 'holdfast';\ncreate();\n";
  assert.deepEqual(await consumers.run({ root: built(), program }), []);
  const problems = await consumers.run({
    root: built({ 'index.d.ts': 'export declare const creat: () => void;' }),
    program,
  });
  assert.equal(problems.length, Object.keys(consumers.settings).length);
});

test('reported: declarations that only a bundler can follow', async () => {
  const program = "import { create } from 'holdfast';\ncreate();\n";
  const changes = { 'index.d.ts': "export * from './create';\n", 'create.d.ts': right['index.d.ts'] };
  const problems = await consumers.run({ root: built(changes), program });
  assert.match(problems.join('\n'), /"node16"/);
  assert.doesNotMatch(problems.join('\n'), /"bundler"/);
});

test('reported: a budget exceeded, in the page after bundling and in the worker as it is', async () => {
  const noise = randomBytes(3000).toString('base64');
  const budgets = {
    page: { entry: 'index.js', bundle: true, brotliBytes: 2000 },
    worker: { entry: 'worker.js', bundle: false, brotliBytes: 2000 },
  };
  assert.deepEqual(overBudget(await measure(built(), budgets)), []);
  const heavy = built({
    'channel.js': `export const send = '${noise}';`,
    'worker.js': `const x = '${noise}';`,
  });
  const problems = overBudget(await measure(heavy, budgets));
  assert.equal(problems.length, 2);
  assert.match(problems[0], /^page: \d{4} bytes of brotli, \d+ over the budget of 2000$/);
});
