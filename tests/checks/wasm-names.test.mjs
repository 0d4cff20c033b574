/** The short names of the WebAssembly module, in the glue around it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { shortenNames } from '../../tools/lib/wasm-names.mjs';

const glue = `
const imports = {
        __wbg_now: function() {},
};
const all = { "./holdfast_bg.js": imports };
wasm.vault_open(wasm.vault_open_all(1), wasm.vault$(2), its.wasm.vault$(3));
`;
const imports = [['a', '__wbg_now', 'b']];
const exports = [
  ['vault_open', 'c'],
  ['vault_open_all', 'd'],
  ['vault$', 'vault_open'],
  ['unused', 'f'],
];

test('imports and exports get their short names, and nothing else does', () => {
  assert.equal(
    shortenNames(glue, { imports, exports }),
    `
const imports = {
        b: function() {},
};
const all = { a: imports };
wasm.c(wasm.d(1), wasm.vault_open(2), its.wasm.vault$(3));
`,
  );
});

for (const [old] of exports.filter(([name]) => name !== 'unused')) {
  test(`'${old}' in the glue, but not among the exports, is an error`, () => {
    const others = exports.filter(([name]) => name !== old);
    assert.throws(() => shortenNames(glue, { imports, exports: others }), {
      message: `the module does not export ${old}`,
    });
  });
}

test('so is glue that calls the module by another name', () => {
  assert.throws(
    () => shortenNames(glue.replaceAll('wasm.', 'module.'), { imports, exports }),
    /uses no export/,
  );
});

test('so is an import that is not there', () => {
  assert.throws(() => shortenNames(glue, { imports: [['a', '__wbg_then', 'b']], exports }), /__wbg_then/);
});
