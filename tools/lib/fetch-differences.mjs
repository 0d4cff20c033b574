/** The table of docs/fetch.md, made from the list that the tests compare with. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';

export const page = 'docs/fetch.md';
export const list = 'tests/e2e/parity/differences.js';
const [start, end] = ['<!-- differences -->', '<!-- /differences -->'];

/** The page's text with the table as it should be. */
export async function pageWithDifferences(root) {
  const text = readFileSync(path.join(root, page), 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
  const { differences } = await import(pathToFileURL(path.join(root, list)).href);
  const rows = Object.values(differences).map(({ what, why }) => `| ${what} | ${why} |`);
  const table = ['| What differs | Why |', '| --- | --- |', ...rows].join('\n');
  return format(`${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`, {
    parser: 'markdown',
    printWidth: 110,
    embeddedLanguageFormatting: 'off',
  });
}
