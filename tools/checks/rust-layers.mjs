/**
 * The core is pure: it imports no browser crate and nothing of crate::browser, and asks no clock, no randomness and
 * no system. Time, entropy and answers come in as `Input`; that is what makes every decision testable on the host.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { lineAt, listFiles, problemsAt, readText } from '../lib/files.mjs';
import { maskRust, usedPaths } from '../lib/scan-rust.mjs';

export const name = 'the Rust core imports nothing of the browser, the clock or randomness';

const browserCrate =
  /^(?:web[_-]sys|js[_-]sys|wasm[_-]bindgen(?:[_-]\w+)*|serde[_-]wasm[_-]bindgen|gloo(?:[_-]\w+)*)$/;
const impureCrate =
  /^(?:getrandom|rand|rand[_-]core|fastrand|web[_-]time|chrono|instant|tokio|reqwest|ureq)$/;

/** Matched against code with comments and strings blanked. */
const forbiddenInCore = [
  [
    /\b(?:web_sys|js_sys|(?:serde_)?wasm_bindgen(?:_\w+)?|gloo(?:_\w+)?)\b/g,
    (m) => `the core must not use the browser crate ${m[0]}`,
  ],
  [
    /\b(?:getrandom|fastrand|web_time)\b|\brand\s*::/g,
    () => 'the core must not make randomness; it comes in as Input',
  ],
  [/\bcrate\s*::\s*browser\b|\bsuper\s*::\s*browser\b/g, () => 'the core must not import the browser shell'],
  [
    /\bSystemTime\b|\bUNIX_EPOCH\b|\bInstant\s*::\s*now\b/g,
    (m) => `the core must not read a clock (${m[0]}); time comes in as Input`,
  ],
  [/\btarget_arch\b/g, () => 'the core must be the same on every target'],
  [/\bextern\s+"C"/g, () => 'the core must not call foreign functions'],
];

const forbiddenPaths = [
  [/^crate::browser\b|^(?:super::)+browser\b/, 'the core must not import the browser shell'],
  [
    /^(?:std|core)::time::(?:Instant|SystemTime|UNIX_EPOCH|\*)/,
    'the core must not read a clock; time comes in as Input',
  ],
  [/^std::(?:thread|fs|net|env|process|io)\b/, 'the core must not touch the system'],
];

export function coreProblems(root) {
  const files = listFiles(root, { under: ['src/core', 'src/core.rs'], extensions: ['.rs'] });
  if (files.length === 0) return ['src/core: no Rust file found, so the rule was not checked'];
  return files.flatMap((file) => {
    const masked = maskRust(readText(root, file));
    const byText = forbiddenInCore.flatMap(([pattern, message]) =>
      problemsAt(file, masked, pattern, message),
    );
    const byPath = usedPaths(masked).flatMap(({ path: used, offset }) =>
      forbiddenPaths
        .filter(([pattern]) => pattern.test(used))
        .map(([, message]) => `${file}:${lineAt(masked, offset)}: ${message} (${used})`),
    );
    const inline = problemsAt(
      file,
      masked,
      /\bstd\s*::\s*(?:thread|fs|net|env|process|io)\s*::|\bstd\s*::\s*time\s*::\s*(?:Instant|SystemTime)/g,
      (match) => `the core must not touch the system (${match[0].replace(/\s+/g, '')})`,
    );
    return [...new Set([...byText, ...byPath, ...inline])];
  });
}

/** Browser crates stand under the wasm32 target, so that a core file which uses one does not compile on the host. */
export function manifestProblems(root) {
  const wasmOnly = /^target\.(['"])cfg\(target_arch = "wasm32"\)\1\./;
  let section = '';
  return readText(root, 'Cargo.toml')
    .split('\n')
    .flatMap((line, index) => {
      const at = `Cargo.toml:${index + 1}`;
      const header = line.match(/^\s*\[+\s*(.+?)\s*\]+\s*(?:#.*)?$/);
      if (header) section = header[1];
      const table = section.match(/^(.*\b(?:dev-|build-)?dependencies)(?:\.([\w-]+))?$/);
      if (!table) return [];
      // Either `[dependencies.name]`, or `name = …` and `name.version = …` inside `[dependencies]`.
      const crate = header ? table[2] : table[2] ? undefined : line.match(/^\s*([\w-]+)\s*[.=]/)?.[1];
      if (!crate) return [];
      const actual = line.match(/\bpackage\s*=\s*"([^"]+)"/)?.[1] ?? crate;
      if (browserCrate.test(actual) && !wasmOnly.test(section)) {
        return [
          `${at}: ${actual} is a browser crate: move it under [target.'cfg(target_arch = "wasm32")'.dependencies]`,
        ];
      }
      const forTests = section.includes('dev-dependencies');
      return impureCrate.test(actual) && !forTests && !wasmOnly.test(section)
        ? [`${at}: ${actual} brings a clock, randomness or a network: the core gets those as Input`]
        : [];
    });
}

/** The browser shell is compiled for wasm32 only. */
export function crateRootProblems(root) {
  if (!existsSync(path.join(root, 'src/browser')) && !existsSync(path.join(root, 'src/browser.rs')))
    return [];
  const masked = readText(root, 'src/lib.rs');
  return /#\[cfg\(target_arch\s*=\s*"wasm32"\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+browser\s*;/.test(masked)
    ? []
    : ['src/lib.rs: `mod browser;` must stand under #[cfg(target_arch = "wasm32")]'];
}

export async function run({ root }) {
  return [...coreProblems(root), ...manifestProblems(root), ...crateRootProblems(root)];
}

await runAlone(import.meta, name, run);
