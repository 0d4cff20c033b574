/**
 * Puts a WebAssembly module into a JavaScript string, a character for each byte.
 *
 * Base64 makes a compressed module a third larger, since it hides the bytes' pattern from the compressor. A string in
 * which each character's code is the byte costs five hundredths. Scripts of workers are always read as UTF-8.
 */

/** Stands in the bundle where the string goes. */
export const placeholder = '@holdfast-vault-bytes@';

/** The module that turns the string into bytes again. */
export const vaultBytesSource = `
const text = ${JSON.stringify(placeholder)};
export function vaultBytes() {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}`;

/** `bytes` as a JavaScript string literal. */
export function encodeModule(bytes) {
  let literal = '"';
  for (let index = 0; index < bytes.length; index++) literal += encodeByte(bytes[index], bytes[index + 1]);
  return literal + '"';
}

function encodeByte(byte, next) {
  switch (byte) {
    case 0x00:
      // Before a digit, \\0 would begin an octal escape.
      return next >= 0x30 && next <= 0x39 ? '\\x00' : '\\0';
    case 0x0a:
      return '\\n';
    case 0x0d:
      return '\\r';
    case 0x22:
      return '\\"';
    case 0x5c:
      return '\\\\';
    default:
      return String.fromCharCode(byte);
  }
}
