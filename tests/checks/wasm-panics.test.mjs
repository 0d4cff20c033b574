/** What panics and formats is taken out of the module, and everything else stays. */
import assert from 'node:assert/strict';
import test from 'node:test';
import binaryen from 'binaryen';
import { cutPanics } from '../../tools/lib/wasm-panics.mjs';

const hash = '0123456789abcdef';
const panicFmt = `core[${hash}]::panicking::panic_fmt`;
const write = `core[${hash}]::fmt::write`;

/** A module with these functions, each of which returns what it is given, and the two that have to be there. */
function moduleOf(...names) {
  const module = new binaryen.Module();
  for (const name of [panicFmt, write, ...names]) {
    module.addFunction(name, binaryen.i32, binaryen.i32, [], module.local.get(0, binaryen.i32));
    module.addFunctionExport(name, name);
  }
  binaryen.setDebugInfo(true);
  return module.emitBinary();
}

const calls = (from, to) =>
  `digraph call {\n  "${from}" [style="filled"];\n  "${from}" -> "${to}"; // call\n}\n`;

function exportsOf(bytes) {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}

for (const name of [
  panicFmt,
  write,
  `core[${hash}]::panicking::panic_const::panic_const_div_by_zero`,
  `core[${hash}]::panicking::assert_failed::<usize, usize>`,
  `core[${hash}]::option::unwrap_failed`,
  `core[${hash}]::slice::index::slice_index_fail`,
  `core[${hash}]::cell::panic_already_borrowed`,
  `alloc[${hash}]::alloc::handle_alloc_error`,
  `<alloc[${hash}]::vec::Vec<_, _>>::remove::assert_failed`,
  `<core[${hash}]::fmt::Formatter>::pad`,
  `<u32 as core[${hash}]::fmt::Display>::fmt`,
  `<wasm_bindgen::JsValue as core::fmt::Debug>::fmt::h${hash}`,
  `__rustc[${hash}]::rust_begin_unwind`,
]) {
  test(`cut: ${name}`, () => {
    const exports = exportsOf(
      cutPanics(moduleOf(...[name].filter((it) => it !== panicFmt && it !== write)), ''),
    );
    assert.throws(() => exports[name](7), WebAssembly.RuntimeError);
  });
}

for (const name of [
  `holdfast::core::token::panicking::h${hash}`,
  `holdfast::core::error::Error::message::h${hash}`,
  `holdfast::core::calls::<impl holdfast::core::Session>::fail_waiting_calls::h${hash}`,
  `core::str::<impl str>::parse::h${hash}`,
  `core::iter::adapters::zip::next::h${hash}`,
  `alloc[${hash}]::raw_vec::finish_grow`,
  `core[${hash}]::str::converts::from_utf8`,
]) {
  test(`left as it is: ${name}`, () => {
    assert.equal(exportsOf(cutPanics(moduleOf(name), calls(name, panicFmt)))[name](7), 7);
  });
}

test('only a panic may format', () => {
  const own = `holdfast::core::options::Options::refuse::h${hash}`;
  assert.throws(() => cutPanics(moduleOf(own), calls(own, write)), /Options::refuse calls core::fmt::write/);
  cutPanics(moduleOf(own), calls(panicFmt, write));
});

test('a module whose functions have other names is an error', () => {
  const module = new binaryen.Module();
  module.addFunction('f', binaryen.none, binaryen.none, [], module.nop());
  module.addFunctionExport('f', 'f');
  assert.throws(() => cutPanics(module.emitBinary(), ''), /no core::panicking::panic_fmt/);
});
