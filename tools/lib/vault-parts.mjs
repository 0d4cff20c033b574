/**
 * What the vault has the browser do, without the WebAssembly module: a worker that calls these functions by name. The package
 * does not offer them alone, so the test of them takes them from here.
 */
import { build } from 'esbuild';
import path from 'node:path';
import { root } from './paths.mjs';

const source = `
  import { ask, read } from './server-request.js';
  import { isValid } from './signature.js';
  import { putTransaction, takeTransaction } from './transactions.js';
  import { plain, Stack } from './words.js';

  /** A value by its words, each a function of the stack's with what it takes. */
  const say = (...words) => {
    const stack = new Stack();
    for (const [name, ...what] of words) stack[name](...what);
    return stack.take();
  };
  const parts = {
    ask, isValid, putTransaction, takeTransaction, say,
    read: (answer) => read(answer),
    isPlain: (what) => plain({ undefined, symbol: Symbol(), function: () => {}, big: 1n, object: { a: [1] } }[what]),
  };
  const serve = (port) => {
    port.onmessage = async ({ data: [name, ...given] }) => port.postMessage(await parts[name](...given));
  };
  if ('onconnect' in self) self.onconnect = ({ ports: [port] }) => serve(port);
  else serve(self);
`;

/** Writes the worker's script. */
export async function buildVaultParts(outfile) {
  await build({
    stdin: { contents: source, resolveDir: path.join(root, 'pkg-template/src') },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'silent',
    outfile,
  });
}
