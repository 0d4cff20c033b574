/**
 * The table of docs/bundlers.md, as it follows from tests/ecosystem/bundlers/results.json, with which the tests beside
 * that file compare what they measure.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { results, resultsFile } from './bundler-rows.mjs';
import { listFiles } from './files.mjs';

export const page = 'docs/bundlers.md';
const [start, end] = ['<!-- bundlers -->', '<!-- /bundlers -->'];
const folder = path.posix.dirname(resultsFile);
const modes = { development: 'development server', production: 'production build' };
const variants = {
  'assets-shared': '`assetsUrl`, shared',
  'assets-dedicated': '`assetsUrl`, dedicated',
  'bundled-shared': 'bundled URL, shared',
  'bundled-dedicated': 'bundled URL, dedicated',
};

/** The page's text with the table, and the files that it shows, as they should be. */
export async function pageWithTable(root) {
  const text = withFiles(root, readFileSync(path.join(root, page), 'utf8'));
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const columns = ['Bundler', 'Mode', ...Object.values(variants)];
  const lines = Object.values(results(root)).flatMap((row) =>
    Object.entries(row)
      .filter(([, outcomes]) => typeof outcomes === 'object')
      .map(([mode, outcomes]) =>
        line([
          row.version ? `${row.bundler} ${row.version}` : row.bundler,
          row.package
            ? Object.entries(modes).reduce((words, [key, full]) => words.replace(key, full), mode)
            : 'the files as they are',
          ...Object.keys(variants).map((variant) => inWords(outcomes[variant])),
        ]),
      ),
  );
  const table = [line(columns), line(columns.map(() => '---')), ...lines].join('\n');
  return format(`${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`, {
    parser: 'markdown',
    singleQuote: true,
    printWidth: 110,
  });
}

/** After `<!-- from webpack-5/webpack.config.js -->` stands that file of the tests'. */
function withFiles(root, text) {
  return text.replace(/(<!-- from (\S+) -->\s+```\w+\n)[^]*?(?<=\n)```/g, (_, before, file) => {
    const source = readFileSync(path.join(root, folder, file), 'utf8');
    return `${before}${source.trimEnd()}\n\`\`\``;
  });
}

function inWords(outcome) {
  if (!outcome) return '';
  return outcome === 'works' ? 'works' : `**fails**: \`${outcome}\``;
}

/** Rows without a test, tests without a row, and rows of another version than the one that would be tested. */
export function unmatched(root) {
  const rows = results(root);
  const tests = listFiles(root, { under: [folder] })
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => path.basename(file, '.test.mjs'));
  return [
    ...tests
      .filter((name) => !rows[name])
      .map((name) => `${folder}/${name}.test.mjs: has no row in ${resultsFile}`),
    ...Object.entries(rows).flatMap(([name, row]) => [
      ...(tests.includes(name) ? [] : [`${resultsFile}: "${name}" has no ${name}.test.mjs beside it`]),
      ...versionProblems(root, name, row),
    ]),
  ];
}

function versionProblems(root, name, row) {
  const file = `${folder}/${name}/package.json`;
  if (!row.package || !existsSync(path.join(root, file))) return [];
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  const version = { ...dependencies, ...devDependencies }[row.package];
  return version === row.version
    ? []
    : [`${file}: has ${row.package} ${version}; ${resultsFile} was measured with ${row.version}`];
}
