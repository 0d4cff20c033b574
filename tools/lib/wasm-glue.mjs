/**
 * Makes the glue around the WebAssembly module one that can be started again: wasm-bindgen writes it for one instance in
 * a worker's life, and a vault whose module has panicked needs another, of which nothing of the first is left.
 */

/** What is not needed of it, each with what comes in its place. */
const changes = [
  // Its ways to start.
  [/^async function __wbg_load\([\s\S]*?^}\n/m, ''],
  [/^let __wbg_init_promise;[\s\S]*?^}\n\nasync function __wbg_init_once\([\s\S]*?^}\n/m, ''],
  [/^function initSync\(module\) \{[\s\S]*?^}\n/m, ''],
  [/^export \{ initSync, __wbg_init as default \};\n/m, ''],
  // Two ways to write a text into the module's memory: one is enough. And what the other needs where
  // `encodeInto` is missing.
  [
    /(function passStringToWasm0\(arg, malloc), realloc\) \{\n +if \(realloc === undefined\) \{\n([\s\S]*?) {4}\}\n[\s\S]*?^}\n/m,
    '$1) {\n$2}\n',
  ],
  [/^if \(!\('encodeInto' in cachedTextEncoder\)\) \{[\s\S]*?^}\n/m, ''],
];

/**
 * The glue as a function, `instantiate(module, host)`, which returns the exports. Each instance has everything to itself.
 * `host` is what the module calls. After `end` it is dead: what the browser still calls of it (timers, answers that come)
 * does nothing, and touches no memory, and neither do the exports.
 */
export function restartable(glue) {
  let body = glue;
  for (const [part, replacement] of changes) {
    if (!part.test(body)) throw new Error(`the glue of wasm-bindgen has changed: it has no ${part}`);
    body = body.replace(part, replacement);
  }
  const exported = /^export function (\w+)\(/gm;
  const names = [...body.matchAll(exported)].map(([, name]) => name);
  return `export function instantiate(module, host) {
${body.replace(exported, 'function $1(')}
__wbg_finalize_init(new WebAssembly.Instance(new WebAssembly.Module(module), __wbg_get_imports()));
const core = { ${names.join(', ')}, end() {
  wasm = new Proxy({}, { get: () => () => {} });
  for (const name in core) core[name] = () => {};
} };
return core;
}
`;
}
