/**
 * Takes the texts of panics out of a WebAssembly module: what puts them together, and what writes numbers and values for
 * them. Nobody would ever see one, since a panic surfaces as a RuntimeError without a message. Worth 4 kB, compressed.
 *
 * The standard library comes compiled, with all of that in it, so it is cut out afterwards.
 */
import binaryen from 'binaryen';

/** Functions that never return, whoever calls them: a trap says the same. */
const panics =
  /^<?(?:core|alloc|std)\b.*::(?:panicking::.*|panic_(?!count)\w+|(?:unwrap|expect|assert)_failed|\w+_fail|handle_(?:alloc_)?error|capacity_overflow)$|^__rustc::rust_(?:begin_unwind|panic)$/;

/** Functions that turn something into text. Only panics may do that. */
const formatting =
  /^<?(?:core|alloc|std)\b.*::fmt::|\bfmt::(?:Debug|Display|Write)>::\w+|^<?std\b.*::panicking::/;

/** The end of a name that tells two functions of one name apart. */
const disambiguator = /\[[0-9a-f]{16}\]|::h[0-9a-f]{16}$/g;

/**
 * Puts a trap in the place of every function that panics or formats.
 *
 * @param {Uint8Array} bytes A module with the names of its functions.
 * @param {string} callGraph What `wasm-opt --print-call-graph` says of it.
 * @throws Where anything but a panic formats, or where the names are not as expected.
 */
export function cutPanics(bytes, callGraph) {
  const isCut = (name) => panics.test(name) || formatting.test(name);
  const module = binaryen.readBinary(bytes);
  const found = new Set();
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const reference = module.getFunctionByIndex(index);
    const { name, module: origin } = binaryen.getFunctionInfo(reference);
    const plain = plainName(name);
    if (origin || !isCut(plain)) continue;
    found.add(plain);
    binaryen.Function.setBody(reference, module.unreachable());
  }
  for (const name of ['core::panicking::panic_fmt', 'core::fmt::write']) {
    if (!found.has(name)) throw new Error(`the module has no ${name}: functions have other names now`);
  }
  for (const [, from, to] of callGraph.matchAll(/^ *"(.*)" -> "(.*)"; \/\/ call$/gm)) {
    const [caller, callee] = [plainName(from), plainName(to)];
    if (formatting.test(callee) && !isCut(caller)) {
      throw new Error(`${caller} calls ${callee}: join texts with concat(), which is smaller than format!`);
    }
  }
  binaryen.setDebugInfo(true);
  return module.emitBinary();
}

const plainName = (name) => name.replace(disambiguator, '');
