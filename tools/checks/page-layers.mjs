/**
 * Who may import whom in the npm package. The page's code is small and knows no protocol: of the worker's side it
 * sees message types only. protocol.ts, which both sides import, holds types and a version.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { lineAt, listFiles, readText } from '../lib/files.mjs';
import { importsOf, maskJavaScript } from '../lib/scan-javascript.mjs';

export const name = "the package's page code, worker code and adapters keep apart";

const sources = 'pkg-template/src';
const protocol = `${sources}/protocol.ts`;
const pageEntry = `${sources}/index.ts`;
/** An extension's pages have a client of their own, which is page code like the other. */
const pageEntries = [pageEntry, `${sources}/extension.ts`];
const workerEntries = ['worker', 'worker-entry', 'escrow', 'extension-worker', 'extension-background'].map(
  (entry) => `${sources}/${entry}.ts`,
);
/** Stands at both ends of a line and belongs to neither: imports types, and its like. */
const between = ['extension-api', 'extension-line', 'bodies', 'pull'].map((name) => `${sources}/${name}.ts`);

/** What each adapter may import besides the client's types. */
export const adapters = {
  [`${sources}/react.ts`]: /^react(?:\/|$)/,
  [`${sources}/vue.ts`]: /^vue(?:\/|$)/,
  [`${sources}/angular.ts`]: /^(?:@angular\/|rxjs(?:\/|$))/,
  [`${sources}/testing.ts`]: null,
};

/** What adapters share. It knows no framework. */
const shared = `${sources}/adapter-state.ts`;

/** The adapter that a file belongs to: `angular-router.ts` is angular.ts's own. */
const adapterOf = (file) =>
  Object.keys(adapters).find((adapter) => file === adapter || file?.startsWith(adapter.replace('.ts', '-')));

/** What an adapter may take from the client as a value. A mock throws errors that `instanceof AuthError` knows. */
const clientValues = { [`${sources}/testing.ts`]: ['AuthError'] };

/** The source file that a relative import means; TypeScript writes `./x.js` for `./x.ts`. */
function resolve(root, from, specifier) {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier));
  const candidates = [
    target.replace(/\.js$/, '.ts'),
    target.replace(/\.js$/, '.tsx'),
    target,
    `${target}.ts`,
    `${target}/index.ts`,
  ];
  return candidates.find((file) => path.extname(file) && existsSync(path.join(root, file))) ?? target;
}

/** file -> its imports with the resolved target (null for a package); `new URL` is an address, no import. */
function readGraph(root) {
  const files = listFiles(root, { under: [sources], extensions: ['.ts', '.tsx', '.mts'] });
  return new Map(
    files.map((file) => {
      const imports = importsOf(readText(root, file)).filter(({ kind }) => kind !== 'url');
      return [
        file,
        imports.map((each) => ({
          ...each,
          at: `${file}:${each.line}`,
          target: each.specifier?.startsWith('.') ? resolve(root, file, each.specifier) : null,
        })),
      ];
    }),
  );
}

/** Everything that is reached from the entries; what stands between the two sides is not followed. */
function reach(graph, entries, follows) {
  const seen = new Set(entries.filter((entry) => graph.has(entry)));
  for (const file of seen) {
    for (const each of graph.get(file)) {
      if (!graph.has(each.target) || each.target === protocol || between.includes(each.target)) continue;
      if (follows(each)) seen.add(each.target);
    }
  }
  return seen;
}

export function packageLayerProblems(root) {
  const graph = readGraph(root);
  if (!graph.has(pageEntry)) return [`${pageEntry} does not exist, so the rules were not checked`];
  const page = reach(graph, pageEntries, () => true);
  // Types vanish: a worker that looks at the type of an error does not bring the page's code along.
  const worker = reach(graph, workerEntries, ({ typeOnly }) => !typeOnly);
  return [
    ...[...page].flatMap((file) => pageProblems(graph.get(file), worker)),
    ...[...worker].flatMap((file) => workerProblems(graph.get(file), page)),
    ...[...graph.keys()].flatMap((file) =>
      file === shared || adapterOf(file) ? adapterProblems(graph.get(file), adapterOf(file)) : [],
    ),
    ...between.flatMap((file) => betweenProblems(graph.get(file) ?? [])),
    ...(graph.has(protocol) ? protocolProblems(root, graph.get(protocol)) : []),
  ];
}

function pageProblems(imports, worker) {
  return imports.flatMap(({ at, specifier, target, typeOnly, names }) => {
    if (specifier === null) return [`${at}: page code must not import a computed address`];
    if (target === null) return [`${at}: page code has no run-time dependency, but imports '${specifier}'`];
    if (workerEntries.includes(target)) return [`${at}: page code must not import ${path.basename(target)}`];
    if (!target.startsWith(`${sources}/`))
      return [`${at}: page code must not import '${specifier}', outside ${sources} (the wasm glue?)`];
    if (target === shared || adapterOf(target))
      return [`${at}: page code must not import ${path.basename(target)}, which is for adapters`];
    if (target === protocol) {
      const values = names.filter((name) => !/^type\s/.test(name) && !/^\w*VERSION$/.test(name));
      return typeOnly || (names.length > 0 && values.length === 0)
        ? []
        : [`${at}: page code takes types (and the version) from protocol.ts only: write \`import type\``];
    }
    return worker.has(target) ? [`${at}: ${path.basename(target)} belongs to the worker's side`] : [];
  });
}

function workerProblems(imports, page) {
  return imports.flatMap(({ at, target, typeOnly }) =>
    target !== null && page.has(target) && !typeOnly
      ? [`${at}: worker code must not import ${path.basename(target)}, which is page code`]
      : [],
  );
}

function adapterProblems(imports, adapter) {
  const values = clientValues[adapter] ?? [];
  return imports.flatMap(({ at, specifier, target, typeOnly, names }) => {
    if (target === null) {
      return specifier !== null && adapters[adapter]?.test(specifier)
        ? []
        : [`${at}: an adapter imports its own framework and nothing else, not '${specifier}'`];
    }
    const isOwn = adapter && (target === shared || adapterOf(target) === adapter);
    const isHarmless = typeOnly || (names.length > 0 && names.every((name) => values.includes(name)));
    return isOwn || (target === pageEntry && isHarmless)
      ? []
      : [`${at}: of the package an adapter imports its own files, and types from ./index.js`];
  });
}

function betweenProblems(imports) {
  return imports
    .filter(({ target, typeOnly }) => !typeOnly && !between.includes(target))
    .map(({ at }) => `${at}: what both ends of a line use imports types only`);
}

/** protocol.ts: types, `import type`, and constants named …VERSION, literal or filled in by the build (`__NAME__`). */
function protocolProblems(root, imports) {
  const text = readText(root, protocol);
  const masked = maskJavaScript(text, { strings: true });
  const values = imports
    .filter(({ typeOnly }) => !typeOnly)
    .map(({ at }) => `${at}: protocol.ts holds types only: write \`import type\``);
  const allowed =
    /^(?:export\s+)?const\s+\w*VERSION(?:\s*:\s*[\w'"| ]+)?\s*=\s*(?:[\d_.]+|(['"]).*\1|__[A-Z_]+__)(?:\s+as\s+const)?\s*;/;
  const statements =
    /^[ \t]*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:async\s+)?(?:const\s+enum|const|let|var|function|class|abstract\s+class|enum|if|for|while|try|throw|new|await|namespace|module)\b/gm;
  const code = [...masked.matchAll(statements)]
    .filter((match) => !/\bdeclare\b/.test(match[0]))
    .filter(
      (match) => !isInsideBraces(masked, match.index) && !allowed.test(masked.slice(match.index).trimStart()),
    )
    .map(
      (match) =>
        `${protocol}:${lineAt(text, match.index)}: protocol.ts holds types only, and constants named …VERSION`,
    );
  const calls = [
    ...masked.matchAll(/^(?!\s*(?:export|import|type|interface|declare)\b)\s*[\w.$]+\s*(?:\(|=(?![=>]))/gm),
  ]
    .filter((match) => !isInsideBraces(masked, match.index))
    .map((match) => `${protocol}:${lineAt(text, match.index)}: protocol.ts must not run anything`);
  return [...values, ...code, ...calls];
}

function isInsideBraces(masked, offset) {
  let depth = 0;
  for (const character of masked.slice(0, offset)) {
    if ('{(['.includes(character)) depth++;
    if ('})]'.includes(character)) depth--;
  }
  return depth > 0;
}

export async function run({ root }) {
  return packageLayerProblems(root);
}

await runAlone(import.meta, name, run);
