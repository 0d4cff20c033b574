/** The glue that can be started again: each instance has everything to itself, and a dead one does nothing. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { restartable } from '../../tools/lib/wasm-glue.mjs';

// (module (func (export "answer") (result i32) i32.const 42))
const MODULE = Uint8Array.from([
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 10, 1, 6, 97, 110, 115, 119, 101, 114,
    0, 0,
  ],
  ...[10, 6, 1, 4, 0, 65, 42, 11],
]);
const glue = `export function ask() {
    return wasm.answer();
}
export function say() {
    return host.word;
}
function __wbg_get_imports() { return {}; }
let wasm;
function __wbg_finalize_init(instance) {
    wasm = instance.exports;
}
async function __wbg_load(module, imports) {
    throw new Error('nobody calls it');
}
function initSync(module) {
    if (wasm !== undefined) return wasm;
}
let __wbg_init_promise;
async function __wbg_init() {
    return 1;
}

async function __wbg_init_once() {
    return 2;
}
function passStringToWasm0(arg, malloc, realloc) {
    if (realloc === undefined) {
        const buf = cachedTextEncoder.encode(arg);
        return [...buf];
    }

    for (const code of arg) {
        realloc(code);
    }
    return [];
}
const cachedTextEncoder = new TextEncoder();

if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function () {
        return {
            read: 0
        };
    };
}
export function write(text) {
    return passStringToWasm0(text, () => 0, () => 0);
}
export { initSync, __wbg_init as default };
`;
const load = (source) => import(`data:text/javascript,${encodeURIComponent(source)}`);

test('the end of one instance is none of another', async () => {
  const { instantiate } = await load(restartable(glue));
  const first = instantiate(MODULE, { word: 'one' });
  assert.deepEqual([first.ask(), first.say(), first.write('a')], [42, 'one', [97]]);
  first.end();
  const after = [first.ask(), first.say(), first.write('a')];
  assert.deepEqual(after, [undefined, undefined, undefined], 'what is dead does nothing, and throws nothing');
  const second = instantiate(MODULE, { word: 'two' });
  assert.equal(second.ask(), 42);
  assert.equal(first.ask(), undefined);
  assert.equal(second.say(), 'two', 'each has its own host');
});

test('what nobody calls is gone', () => {
  assert.doesNotMatch(restartable(glue), /__wbg_load|__wbg_init\b|initSync|encodeInto/);
});

test('a text is written in one way', async () => {
  const { instantiate } = await load(restartable(glue));
  assert.deepEqual(instantiate(MODULE, {}).write('zö'), [122, 195, 182]);
});

test('glue of another form is an error', () => {
  assert.throws(() => restartable(glue.replace('function initSync', 'function init')), /has changed/);
});
