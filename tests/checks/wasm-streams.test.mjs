/** The module's code, sorted by kind: it comes out as it was, whatever is in it, or the build ends. */
import assert from 'node:assert/strict';
import test from 'node:test';
import binaryen from 'binaryen';
import { joinModuleSource, splitModule } from '../../tools/lib/wasm-streams.mjs';

/** As the worker has it. */
const joinModule = new Function(`${joinModuleSource}; return joinModule;`)();

const parse = (text) => {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  return module.emitBinary();
};
const all = `(module
  (memory 1)
  (data (i32.const 8) "data after the code")
  (table 2 funcref)
  (elem (i32.const 0) $short $long)
  (global $place (mut i32) (i32.const 70000))
  (type $number (func (param i32) (result i32)))
  (func $short (type $number) (i32.add (local.get 0) (i32.const -1)))
  (func $long (type $number) (local i64 f32 f64)
    (local.set 1 (i64.const -81985529216486896))
    (local.set 2 (f32.const 1.5))
    (local.set 3 (f64.const -0.1))
    (i64.store offset=70000 align=1 (local.get 0) (local.get 1))
    (i32.store8 (local.get 0) (i32.load16_s offset=3 (local.get 0)))
    (memory.copy (local.get 0) (i32.const 300) (i32.const 40))
    (memory.fill (local.get 0) (i32.const 1) (i32.const 40))
    (global.set $place (memory.grow (memory.size)))
    (block $one (block $two (loop $again
      (br_table $one $two $again (global.get $place)))))
    (if (i32.eqz (local.get 0)) (then (drop (i32.trunc_sat_f64_s (local.get 3)))) (else (unreachable)))
    (call_indirect (type $number) (call $short (local.get 0)) (i32.const 1)))
  (func (export "run") (type $number) (call $long (local.get 0))))`;

test('a module comes out as it was', () => {
  for (const text of [
    all,
    '(module (func))',
    `(module ${'(func (nop) (drop (i32.const 1)))'.repeat(300)})`,
  ]) {
    const module = parse(text);
    const { bytes, lengths } = splitModule(module);
    assert.notDeepEqual(Buffer.from(bytes).subarray(0, module.length), Buffer.from(module));
    assert.deepEqual(Buffer.from(joinModule(bytes, lengths)), Buffer.from(module));
    assert.ok(WebAssembly.validate(joinModule(bytes, lengths)));
  }
});

test('an instruction that is not known is an error', () => {
  const simd = '(module (func (result v128) (v128.const i32x4 1 2 3 0x0b0b0b0b)))';
  assert.throws(() => splitModule(parse(simd)), /not known here/);
});

test('so is a number that is longer than it need be', () => {
  // One function, whose size stands in two bytes.
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 5, 1, 0x82, 0, 0, 11];
  assert.ok(WebAssembly.validate(Uint8Array.from(module)));
  assert.throws(() => splitModule(Uint8Array.from(module)), /longer than they need be/);
});

test('so is a module without code', () => {
  assert.throws(() => splitModule(parse('(module)')), /no code/);
});
