/**
 * The table of docs/confinement.md, as it follows from tests/vectors/confinement.json, with which the attacks in
 * tests/e2e/attack-*.test.mjs compare what happened.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { attackRows, happensIn, vectors } from './attack-rows.mjs';
import { listFiles } from './files.mjs';

export const page = 'docs/confinement.md';
const [start, end] = ['<!-- attacks -->', '<!-- /attacks -->'];
const browsers = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
const columns = ['Attack', 'RFC 10017', ...Object.values(browsers), 'Test'];

/** The page's text with the table as it should be. */
export async function pageWithTable(root) {
  const text = readFileSync(path.join(root, page), 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const lines = attackRows(root).map((row) => {
    const outcomes = Object.keys(browsers).map((browser) => outcome(row, browser));
    return line([
      row.attack,
      row.scenario,
      ...outcomes,
      `${path.basename(row.file, '.test.mjs')}: ${row.test}`,
    ]);
  });
  const table = [line(columns), line(columns.map(() => '---')), ...lines].join('\n');
  return format(`${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`, {
    parser: 'markdown',
    printWidth: 110,
  });
}

/** What happens in a browser, where it matters for each kind of vault. */
function outcome(row, browser) {
  const [shared, dedicated] = ['shared', 'dedicated'].map((host) => happensIn(row, browser, host));
  return shared === dedicated ? shared : `shared vault: ${shared}; dedicated vault: ${dedicated}`;
}

/** Rows without a test, and tests without a row. */
export function unmatched(root) {
  const rows = attackRows(root);
  const files = listFiles(root, { under: ['tests/e2e'], extensions: ['.mjs'] }).filter((file) =>
    /\/attack-[\w-]+\.test\.mjs$/.test(file),
  );
  const tests = files.flatMap((file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    return [...source.matchAll(/\battack\(\s*(['"])(.*?)\1,/g)].map(([, , test]) => ({ file, test }));
  });
  const isSame = (one) => (other) => one.file === other.file && one.test === other.test;
  return [
    ...rows
      .filter((row) => !tests.some(isSame(row)))
      .map(({ file, test }) => `${file}: has no test "${test}"`),
    ...tests
      .filter((test) => !rows.some(isSame(test)))
      .map(({ file, test }) => `${file}: "${test}" has no row in ${vectors}`),
  ];
}
