/** docs/security-requirements.md has each requirement once, and the tests that it names are there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';

const page = 'docs/security-requirements.md';
/** The requirements of RFC 10017, RFC 9700 and RFC 9449, as they are numbered in this project. */
const groups = { BBA: 17, BCP: 14, DPOP: 20 };

export const name = `${page} names a test that exists for each requirement`;

export async function run({ root }) {
  const lines = readFileSync(path.join(root, page), 'utf8').split('\n');
  const rows = lines.flatMap((text, index) => {
    const [, id, , , tests] = text.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return /^[A-Z]+-\d+$/.test(id ?? '') ? [{ id, tests, line: index + 1 }] : [];
  });
  const expected = Object.entries(groups).flatMap(([group, last]) =>
    Array.from({ length: last }, (_, index) => `${group}-${String(index + 1).padStart(2, '0')}`),
  );
  return [
    ...expected
      .filter((id) => rows.filter((row) => row.id === id).length !== 1)
      .map((id) => `${page}: ${id} is not there once`),
    ...rows.flatMap((row) => problemsOf(root, row)),
  ];
}

function problemsOf(root, { id, tests, line }) {
  const named = [...tests.matchAll(/`((?:src|tests)\/[^`]+)` `([^`]+)`/g)];
  const files = [...tests.matchAll(/`((?:src|tests)\/[^`]+)`/g)];
  const at = `${page}:${line}: ${id}`;
  // Without a test it says in words why not.
  if (tests.length < 20 || files.length !== named.length) return [`${at}: a file is named without its test`];
  return named
    .filter(([, file, test]) => !isTest(root, file, test))
    .map(([, file, test]) => `${at}: ${file} has no test "${test}"`);
}

function isTest(root, file, test) {
  if (!existsSync(path.join(root, file))) return false;
  const text = readFileSync(path.join(root, file), 'utf8');
  const exact = test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (!file.endsWith('.rs'))
    return new RegExp(`\\b(?:it|test|attack|hostile)\\(\\s*(['"\`])(?:(?!\\1).)*${exact}`).test(text);
  // The fuzz targets' tests are written by a macro.
  const written = file === 'tests/fuzz_corpus.rs' ? `^ {4}${exact}$` : `#\\[test\\]\\s+fn ${exact}\\(`;
  return new RegExp(written, 'm').test(text);
}

await runAlone(import.meta, name, run);
