/**
 * What must not be in the built files: protocol and tokens in the page's code, module syntax in the worker's.
 * Looks at the strings that arrive, not at who imported whom, so that no bundler trick slips through.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone, unbuiltProblem } from '../lib/check.mjs';
import { lineAt } from '../lib/files.mjs';
import { maskJavaScript } from '../lib/scan-javascript.mjs';

export const name = 'the built page code knows no protocol, and the worker is one plain script';
export const needs = ['package'];

/** The vault's business. One of these in the page's code means that the wrong module was bundled. */
export const forbiddenInPage = [
  'WebAssembly',
  'refresh_token',
  'code_verifier',
  'access_token',
  'id_token_hint',
  'grant_type',
];

/** The page's files: index.js, an extension's counterpart, and whatever they import by a relative path. */
export function pageFiles(packageFolder) {
  const own = ['extension.js'].filter((file) => existsSync(path.join(packageFolder, file)));
  const seen = new Set(['index.js', ...own]);
  for (const file of seen) {
    if (!existsSync(path.join(packageFolder, file))) continue;
    const text = readFileSync(path.join(packageFolder, file), 'utf8');
    for (const match of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      seen.add(path.posix.normalize(path.posix.join(path.posix.dirname(file), match[1])));
    }
  }
  return [...seen];
}

export function pageProblems(packageFolder) {
  return pageFiles(packageFolder).flatMap((file) => {
    const full = path.join(packageFolder, file);
    if (!existsSync(full)) return [`pkg/${file}: imported by the page's code, but not in the package`];
    const text = readFileSync(full, 'utf8');
    return forbiddenInPage
      .filter((word) => text.includes(word))
      .map((word) => `pkg/${file}:${lineAt(text, text.indexOf(word))}: the page's code contains "${word}"`);
  });
}

/** Such a file also runs as a classic worker, whatever a bundler makes of `type: 'module'`. */
export function scriptProblems(packageFolder, file) {
  const text = readFileSync(path.join(packageFolder, file), 'utf8');
  const masked = maskJavaScript(text, { strings: true });
  return [
    [/(?<![.\w$])import\s*\.\s*meta\b/, 'import.meta'],
    [/(?<![.\w$])import\b(?!\s*[:.])/, 'import'],
    [/(?<![.\w$])export\b(?!\s*:)/, 'export'],
  ].flatMap(([pattern, word]) => {
    const match = pattern.exec(masked);
    return match ? [`pkg/${file}:${lineAt(text, match.index)}: a self-contained script has no ${word}`] : [];
  });
}

export async function run({ root }) {
  const absent = [...unbuiltProblem(root, 'pkg/index.js'), ...unbuiltProblem(root, 'pkg/worker.js')];
  if (absent.length > 0) return absent;
  const folder = path.join(root, 'pkg');
  const plain = ['worker.js', 'escrow.js', 'extension-worker.js'].filter((file) =>
    existsSync(path.join(folder, file)),
  );
  return [...pageProblems(folder), ...plain.flatMap((file) => scriptProblems(folder, file))];
}

await runAlone(import.meta, name, run);
