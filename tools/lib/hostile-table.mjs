/** The tables of docs/hostile-server.md, as they follow from the rows and from what the tests have measured. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { listFiles } from './files.mjs';
import { expectedIn, hostileRows, kinds, measured, results, resultsFile, rowsFile } from './hostile-rows.mjs';

export const page = 'docs/hostile-server.md';
const names = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit', host: 'host' };
const tests = {
  browser: { folder: 'tests/e2e', file: /\/hostile-[\w-]+\.test\.mjs$/, names: /\bhostile\(\s*'([^']+)'/g },
  host: { folder: 'tests', file: /^tests\/hostile_\w+\.rs$/, names: /\bhostile::row\(\s*"([^"]+)"/g },
};

/** The page's text with the tables as they should be. */
export async function pageWithTable(root) {
  let text = readFileSync(path.join(root, page), 'utf8');
  for (const kind of Object.keys(kinds)) {
    const [start, end] = [`<!-- ${kind} -->`, `<!-- /${kind} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
    text = `${text.slice(0, from + start.length)}\n\n${table(root, kind)}\n\n${text.slice(to)}`;
  }
  return format(text, { parser: 'markdown', singleQuote: true, printWidth: 110 });
}

function table(root, kind) {
  const happened = results(kind, root);
  const fileOf = new Map(named(root, kind).map(({ id, file }) => [id, file]));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const columns = ['Case', 'Source', 'What the server does', 'Expected', 'Happened', 'Test'];
  const lines = hostileRows(kind, root).map((row) => {
    const expected = Object.fromEntries(kinds[kind].map((place) => [place, expectedIn(row, place)]));
    return line([
      row.id,
      row.source,
      row.does.replaceAll('|', '\\|'),
      inWords(expected),
      inWords(happened[row.id] ?? {}),
      path.basename(fileOf.get(row.id) ?? '').replace(/(\.test\.mjs|\.rs)$/, ''),
    ]);
  });
  return [line(columns), line(columns.map(() => '---')), ...lines].join('\n');
}

/** One outcome where all places agree, else each with its name. */
function inWords(outcomes) {
  const word = (outcome) => (outcome === 'accepted' ? 'accepted' : `\`${outcome}\``);
  const different = new Set(Object.values(outcomes));
  if (different.size <= 1) return [...different].map(word).join('');
  return Object.entries(outcomes)
    .map(([place, outcome]) => `${names[place]}: ${word(outcome)}`)
    .join('; ');
}

/** The ids that tests name, each with its file. */
function named(root, kind) {
  const { folder, file: isTest, names: pattern } = tests[kind];
  return listFiles(root, { under: [folder] })
    .filter((file) => isTest.test(file))
    .flatMap((file) =>
      [...readFileSync(path.join(root, file), 'utf8').matchAll(pattern)].map(([, id]) => ({ id, file })),
    );
}

/** Rows without a test or without a result, tests without a row, what is there twice, and results that are not what is expected. */
export function unmatched(root) {
  return Object.keys(kinds).flatMap((kind) => unmatchedOf(root, kind));
}

function unmatchedOf(root, kind) {
  const rows = hostileRows(kind, root);
  const happened = results(kind, root);
  const tested = named(root, kind);
  const isRow = (id) => rows.some((row) => row.id === id);
  const measure = 'run the tests, then `node tools/hostile-table.mjs --measured`';
  const ids = rows.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  return [
    ...twice.map((id) => `${rowsFile(kind)}: "${id}" is there more than once`),
    ...rows.flatMap((row) => {
      const files = tested.filter(({ id }) => id === row.id).map(({ file }) => file);
      if (files.length === 1) return [];
      return [`${rowsFile(kind)}: "${row.id}" is named by ${files.join(' and ') || 'no test'}`];
    }),
    ...rows.flatMap((row) =>
      kinds[kind]
        .filter((place) => happened[row.id]?.[place] !== expectedIn(row, place))
        .map((place) => {
          const found = happened[row.id]?.[place] ?? 'nothing';
          return `${resultsFile(kind)}: "${row.id}": ${found} in ${names[place]}, not ${expectedIn(row, place)}: ${measure}`;
        }),
    ),
    ...tested
      .filter(({ id }) => !isRow(id))
      .map(({ id, file }) => `${file}: "${id}" has no row in ${rowsFile(kind)}`),
    ...Object.keys(happened)
      .filter((id) => !isRow(id))
      .map((id) => `${resultsFile(kind)}: "${id}" has no row: ${measure}`),
  ];
}

/** The results with what was measured here taken over, for the rows that there are. */
export async function resultsWithMeasured(root, kind) {
  const known = results(kind, root);
  const here = measured(kind);
  const rows = hostileRows(kind, root).filter(({ id }) => known[id] ?? here[id]);
  const merged = rows.map(({ id }) => [id, { ...known[id], ...here[id] }]);
  return format(JSON.stringify(Object.fromEntries(merged)), { parser: 'json', printWidth: 110 });
}
