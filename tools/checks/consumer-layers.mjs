/**
 * The demo, the end-to-end tests and the benches use holdfast as everybody does: from the packed tarball. A look into the sources
 * or the build folder would hide what is missing from the package.
 */
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { listFiles, problemsAt, readText } from '../lib/files.mjs';
import { importsOf, maskJavaScript, scriptsOf } from '../lib/scan-javascript.mjs';

export const name = 'the demo, the end-to-end tests and the benches use the packed package only';

const forbiddenFolders = ['src', 'pkg-template', 'pkg', 'target'];
const tests = ['tests/e2e/', 'tests/ecosystem/', 'tests/server/', 'tests/vectors/'];
const scripts = ['.js', '.mjs', '.ts', '.html'];

const rules = [
  { folder: 'www', mayImport: (target) => target.startsWith('www/') },
  ...['benches/apps', 'benches/lib', 'benches/measures'].map((folder) => ({
    folder,
    mayImport: (target) => ['benches/', 'tools/lib/', ...tests].some((start) => target.startsWith(start)),
  })),
  ...['tests/e2e', 'tests/ecosystem'].map((folder) => ({
    folder,
    mayImport: (target) =>
      [...tests, 'tools/lib/', 'www/', '.cache/pack/'].some((start) => target.startsWith(start)),
  })),
];

export function consumerProblems(root) {
  return rules.flatMap(({ folder, mayImport }) =>
    listFiles(root, { under: [folder], extensions: scripts }).flatMap((file) => {
      const text = readText(root, file);
      return [...importProblems(file, text, mayImport), ...mentionProblems(file, text)];
    }),
  );
}

function importProblems(file, text, mayImport) {
  const imports = file.endsWith('.html')
    ? scriptsOf(text).flatMap((script) => [
        ...(script.specifier ? [{ specifier: script.specifier, line: script.line }] : []),
        ...importsOf(script.text).map((each) => ({ ...each, line: each.line + script.line - 1 })),
      ])
    : importsOf(text);
  return imports.flatMap(({ specifier, line }) => {
    if (!specifier?.startsWith('.')) return [];
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
    return mayImport(target) ? [] : [`${file}:${line}: must not import ${target}; use the packed package`];
  });
}

/** A path to the sources in a string, as in new URL('../../pkg/', import.meta.url) or path.join(root, 'pkg'). */
function mentionProblems(file, text) {
  const readable = file.endsWith('.html') ? text : maskJavaScript(text);
  const folders = forbiddenFolders.join('|');
  const patterns = [
    new RegExp(`(?:\\.\\./)+(?:${folders})(?=[/'"\`])`, 'g'),
    /pkg-template/g,
    new RegExp(
      `\\b(?:join|resolve)\\(\\s*(?:root|workspace)\\w*\\s*,\\s*['"\`](?:${folders})(?=[/'"\`])`,
      'g',
    ),
  ];
  return patterns.flatMap((pattern) =>
    problemsAt(
      file,
      readable,
      pattern,
      (match) => `must not reach into the sources or the build (${match[0]})`,
    ),
  );
}

export async function run({ root }) {
  return consumerProblems(root);
}

await runAlone(import.meta, name, run);
