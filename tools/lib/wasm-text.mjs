/**
 * Puts a WebAssembly module into a JavaScript string, a character for each byte.
 *
 * Base64 makes a compressed module a third larger, since it hides the bytes' pattern from the compressor. A string in
 * which each character's code is the byte costs five hundredths. Scripts of workers are always read as UTF-8.
 */
import { joinModuleSource, splitModule } from './wasm-streams.mjs';

/** Stand in the bundle where the strings go. */
export const placeholder = '@holdfast-vault-bytes@';
export const lengthsPlaceholder = '@holdfast-lengths@';
export const standInsPlaceholder = '@holdfast-stand-ins@';

/** Bytes that would have to be escaped in a string literal: each would cost two characters, and the zero is common. */
const escaped = [0x00, 0x0a, 0x0d, 0x22, 0x5c];
/** Characters beyond a byte's range. */
const beyond = 0x100;

/** The module that turns the string into bytes again. */
export const vaultBytesSource = `
${joinModuleSource}
const text = ${JSON.stringify(placeholder)};
const lengths = ${JSON.stringify(lengthsPlaceholder)};
const standIns = ${JSON.stringify(standInsPlaceholder)};
export function vaultBytes() {
  const byCode = Uint8Array.from({ length: ${beyond + escaped.length} }, (_, code) => code);
  ${JSON.stringify(escaped)}.forEach((byte, index) => {
    const standIn = standIns.charCodeAt(index);
    byCode[standIn] = byte;
    byCode[${beyond} + index] = standIn;
  });
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = byCode[text.charCodeAt(index)];
  return joinModule(bytes, lengths);
}`;

/**
 * A module, sorted, as a JavaScript string literal. Each byte that would have to be escaped trades places with one of the rarest
 * of the others, which in turn stands beyond a byte's range: worth 2 kB after compression.
 *
 * @returns {{ literal: string, lengths: number[], standIns: string }}
 */
export function encodeModule(module) {
  const { bytes, lengths } = splitModule(module);
  const counts = new Array(0x80).fill(0);
  for (const byte of bytes) counts[byte]++;
  const printable = [...counts.keys()].filter(
    (byte) => byte >= 0x20 && byte < 0x7f && !escaped.includes(byte),
  );
  const rarest = printable.sort((one, other) => counts[one] - counts[other]).slice(0, escaped.length);
  const characters = new Map();
  escaped.forEach((byte, index) => {
    characters.set(byte, String.fromCharCode(rarest[index]));
    characters.set(rarest[index], String.fromCharCode(beyond + index));
  });
  const literal = Array.from(bytes, (byte) => characters.get(byte) ?? String.fromCharCode(byte)).join('');
  return { literal: `"${literal}"`, lengths, standIns: String.fromCharCode(...rarest) };
}
