/**
 * Takes out of a WebAssembly module what only people read: the names of its imports and exports, and the places in
 * source files where it may panic. Together 3 kB, compressed.
 */

/**
 * Overwrites the names of source files with zeros, which wasm-opt then leaves out, and the places in them (Rust's
 * `Location`: address and length of the name, line, column) with one and the same place. Nothing shows them: a panic
 * surfaces as a RuntimeError without a message.
 */
export function blankPanicLocations(module) {
  const bytes = Buffer.from(module);
  const segments = dataSegments(bytes);
  const names = new Map();
  for (const { address, start, end } of segments) {
    for (const { 0: name, index } of bytes.toString('latin1', start, end).matchAll(sourceFile)) {
      names.set(address + index, name.length);
      bytes.fill(0, start + index, start + index + name.length);
    }
  }
  for (const { address, start, end } of segments) {
    const aligned = start + ((4 - (address % 4)) % 4);
    for (let place = aligned; place + 16 <= end; place += 4) {
      const length = names.get(bytes.readUInt32LE(place));
      if (length === undefined || bytes.readUInt32LE(place + 4) !== length) continue;
      // A name of no length, which needs an address that is not null.
      bytes.fill(0, place, place + 16).writeUInt32LE(1, place);
    }
  }
  return bytes;
}

const sourceFile = /(?:\/rustc\/[0-9a-f]{40}\/|index\.crates\.io-[0-9a-f]+\/|src\/)[\w./-]*?\.rs/g;

/** Where the module's data stands in memory, and in `bytes`. */
function dataSegments(bytes) {
  let offset = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[offset++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const segments = [];
  while (offset < bytes.length) {
    const section = bytes[offset++];
    const size = number();
    const end = offset + size;
    if (section === 11) {
      for (let count = number(); count > 0; count--) {
        // An active segment of memory 0, at a constant address.
        const [kind, constant] = [number(), bytes[offset++]];
        if (kind !== 0 || constant !== 0x41) throw new Error('the module has a data segment of another kind');
        const address = number();
        offset++; // The end of the expression.
        const length = number();
        segments.push({ address, start: offset, end: offset + length });
        offset += length;
      }
    }
    offset = end;
  }
  return segments;
}

/**
 * Renames imports and exports in wasm-bindgen's glue as wasm-opt has renamed them in the module.
 *
 * @param {string} glue
 * @param {{ imports: [module: string, old: string, short: string][], exports: [old: string, short: string][] }} names
 */
export function shortenNames(glue, { imports, exports }) {
  let text = glue;
  const replaceOnce = (old, short) => {
    const pieces = text.split(old);
    if (pieces.length !== 2) throw new Error(`'${old}' is ${pieces.length - 1} times in the glue, not once`);
    text = pieces.join(short);
  };
  for (const [, old, short] of imports) replaceOnce(`        ${old}: function`, `        ${short}: function`);
  // wasm-opt calls the one module that everything is imported from 'a'.
  replaceOnce('"./holdfast_bg.js": ', 'a: ');
  const shortNames = new Map(exports);
  const unknown = new Set();
  const renamed = text.replace(/(?<![\w$.])wasm\.([\w$]+)/g, (use, old) => {
    if (!shortNames.has(old)) unknown.add(old);
    return `wasm.${shortNames.get(old)}`;
  });
  if (renamed === text) throw new Error('the glue uses no export');
  if (unknown.size > 0) throw new Error(`the module does not export ${[...unknown].join(', ')}`);
  return renamed;
}
