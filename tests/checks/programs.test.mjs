/** The checks that ask another program (rustfmt, clippy, prettier, tsc), each seen to fail. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as clippyHost from '../../tools/checks/clippy-host.mjs';
import * as clippyWasm from '../../tools/checks/clippy-wasm.mjs';
import * as prettier from '../../tools/checks/prettier.mjs';
import * as rustFormat from '../../tools/checks/rust-format.mjs';
import * as typescript from '../../tools/checks/typescript-sources.mjs';
import { tree } from './support.mjs';

const crate = (files) =>
  tree({
    'Cargo.toml': '[package]\nname = "broken"\nversion = "0.0.0"\nedition = "2024"\n',
    'Cargo.lock': 'version = 4\n\n[[package]]\nname = "broken"\nversion = "0.0.0"\n',
    'src/lib.rs': '//! Right.\n',
    'tests/wasm_a.rs': '//! Right.\n',
    ...files,
  });

test('reported: a Rust file that rustfmt would change', async () => {
  assert.deepEqual(await rustFormat.run({ root: crate({}) }), []);
  assert.match((await rustFormat.run({ root: crate({ 'src/lib.rs': 'fn  f( ){}' }) })).join(), /Diff in/);
});

const unused = '//! Wrong.\nfn unused() {}\n';

test('reported: a warning on the host, in the crate and in a test', async () => {
  assert.deepEqual(await clippyHost.run({ root: crate({}) }), []);
  assert.match((await clippyHost.run({ root: crate({ 'src/lib.rs': unused }) })).join(), /never used/);
  assert.match((await clippyHost.run({ root: crate({ 'tests/a.rs': unused }) })).join(), /never used/);
});

test('reported: a warning in what only a feature brings', async () => {
  const manifest = '[package]\nname = "broken"\nversion = "0.0.0"\nedition = "2024"\n[features]\nmore = []\n';
  const onlyThen = `//! Wrong then only.\n#[cfg(feature = "more")]\nfn unused() {}\n`;
  const broken = crate({ 'Cargo.toml': manifest, 'src/lib.rs': onlyThen });
  assert.match((await clippyHost.run({ root: broken })).join(), /never used/);
});

test('reported: a warning for wasm32, in the crate and in a test', async () => {
  assert.deepEqual(await clippyWasm.run({ root: crate({}) }), []);
  const onlyThere = `//! Wrong there only.\n#[cfg(target_arch = "wasm32")]\nfn unused() {}\n`;
  assert.match((await clippyWasm.run({ root: crate({ 'src/lib.rs': onlyThere }) })).join(), /never used/);
  assert.match((await clippyWasm.run({ root: crate({ 'tests/wasm_a.rs': unused }) })).join(), /never used/);
});

test('reported: a file that prettier would change', async () => {
  assert.deepEqual(await prettier.run({ root: tree({ 'a.mjs': 'export const a = 1;\n' }) }), []);
  assert.match((await prettier.run({ root: tree({ 'a.mjs': 'export   const a=1' }) })).join(), /a\.mjs/);
});

test('reported: a type error in the sources', async () => {
  const sources = (text) =>
    tree({
      'pkg-template/tsconfig.json':
        '{ "compilerOptions": { "strict": true, "types": [] }, "include": ["src"] }',
      'pkg-template/src/index.ts': text,
    });
  assert.deepEqual(await typescript.run({ root: sources('export const a: number = 1;\n') }), []);
  const problems = await typescript.run({ root: sources("export const a: number = 'x';\n") });
  assert.match(problems.join(), /index\.ts\(1,14\): error TS2322/);
});
