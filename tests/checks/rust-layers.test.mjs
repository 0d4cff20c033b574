/** The rules about the Rust core, each seen to fail. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { coreProblems, crateRootProblems, manifestProblems } from '../../tools/checks/rust-layers.mjs';
import { tree } from './support.mjs';

const core = (text) => coreProblems(tree({ 'src/core/mod.rs': text }));

const broken = {
  'web_sys by use': ['use web_sys::Request;', /mod\.rs:1: .*web_sys/],
  'js_sys by full path': ['fn f() {\n    js_sys::Date::now();\n}', /mod\.rs:2: .*js_sys/],
  'wasm_bindgen in a group': ['use {serde::Serialize, wasm_bindgen::JsValue};', /wasm_bindgen/],
  wasm_bindgen_futures: ['use wasm_bindgen_futures::JsFuture;', /wasm_bindgen_futures/],
  serde_wasm_bindgen: ['use serde_wasm_bindgen::to_value;', /serde_wasm_bindgen/],
  gloo: ['use gloo_net::http::Request;', /gloo_net/],
  getrandom: ['fn f() { getrandom::fill(&mut []).ok(); }', /randomness/],
  rand: ['use rand::Rng;', /randomness/],
  'the shell by use': ['use crate::browser::driver;', /browser shell/],
  'the shell in a group': [
    'use crate::{core::token, browser::{driver, http}};',
    /browser shell.*crate::browser::driver/,
  ],
  'the shell through super': ['use super::super::browser::driver;', /browser shell/],
  'the shell by full path': ['fn f() { crate::browser::run(); }', /browser shell/],
  'Instant by use': ['use std::time::Instant;', /clock.*std::time::Instant/],
  'Instant in a group': ['use std::{fmt, time::{Duration, Instant}};', /clock.*std::time::Instant/],
  'all of std::time': ['use std::time::*;', /clock/],
  'SystemTime renamed': ['use std::time::SystemTime as Clock;', /clock/],
  'Instant by full path': ['fn f() { std::time::Instant::now(); }', /clock/],
  'a thread': ['fn f() { std::thread::yield_now(); }', /system.*std::thread/],
  'the environment': ['use std::env;', /system.*std::env/],
  'code for one target': ['#[cfg(target_arch = "wasm32")]\nfn f() {}', /every target/],
};

for (const [what, [text, expected]] of Object.entries(broken)) {
  test(`the core must not use ${what}`, () => {
    const problems = core(text);
    assert.match(problems.join('\n'), expected);
  });
}

test('the core may say these names in comments and strings, and use Duration', () => {
  const text = `
    //! No web_sys, no js_sys::Date, no std::time::Instant; see crate::browser.
    use core::time::Duration;
    use alloc::{string::String, vec::Vec};
    /* nested /* crate::browser::run() */ getrandom */
    const A: &str = "web_sys \\" crate::browser";
    const B: &str = r#"SystemTime " std::thread::spawn"#;
    fn lifetime<'a>(of: &'a str) -> (&'a str, char) { (of, '"') }
    struct Instant(Duration);
  `;
  assert.deepEqual(core(text), []);
});

test('an empty core does not pass for a pure one', () => {
  assert.equal(coreProblems(tree({ 'src/lib.rs': '' })).length, 1);
});

const manifest = (text) => manifestProblems(tree({ 'Cargo.toml': text }));
const wasmOnly = `[target.'cfg(target_arch = "wasm32")'.dependencies]`;

for (const text of [
  '[dependencies]\nserde = "1"\nweb-sys = "0.3"',
  '[dependencies]\nwasm-bindgen = { version = "=0.2.130" }',
  '[dependencies.js-sys]\nversion = "0.3"',
  '[dependencies]\ngloo-net.version = "0.7"',
  '[dependencies]\nnet = { package = "gloo-net", version = "0.7" }',
  '[dev-dependencies]\nwasm-bindgen-test = "0.3"',
  `[target.'cfg(not(target_arch = "wasm32"))'.dependencies]\njs-sys = "0.3"`,
  `${wasmOnly}\njs-sys = "0.3"\n[dependencies]\nserde-wasm-bindgen = "0.6"`,
]) {
  test(`a browser crate stands under the wasm32 target, not in ${text.replace(/\s+/g, ' ')}`, () => {
    assert.match(manifest(text).join(), /browser crate: move it/);
  });
}

test('the core gets no crate with a clock or randomness', () => {
  assert.match(manifest('[dependencies]\ngetrandom = "0.4"').join(), /randomness/);
  assert.match(manifest('[dependencies]\nchrono = "0.4"').join(), /clock/);
});

test('browser crates under the wasm32 target are right, and so is a features table', () => {
  const text = `${wasmOnly}\nweb-sys = "0.3"\nwasm-bindgen = "1"\n[dependencies]\nserde = "1"\n[features]\nweb-sys = []\n`;
  assert.deepEqual(manifest(text), []);
});

test('the shell is compiled for wasm32 only', () => {
  const lib = (text) => crateRootProblems(tree({ 'src/lib.rs': text, 'src/browser/mod.rs': '' }));
  assert.match(lib('pub mod core;\nmod browser;').join(), /must stand under/);
  assert.match(lib('#[cfg(not(target_arch = "wasm32"))]\nmod browser;').join(), /must stand under/);
  assert.deepEqual(lib('pub mod core;\n\n#[cfg(target_arch = "wasm32")]\nmod browser;'), []);
  assert.deepEqual(lib('#[cfg(target_arch = "wasm32")]\npub(crate) mod browser;'), []);
});
