/**
 * What a hostile server does, what is expected then, and what happened: one source for the tests and the page about them.
 *
 * `tests/vectors/hostile-browser.json` has the cases that are whole flows, in a real browser; `hostile-host.json` the ones
 * that run on the host. A row:
 *
 * - `id`: its name in the catalogue (`H01`), with a suffix where it has variants (`H30-text`); the name of the OpenID
 *   Foundation's test; or `own-…`. One row, one test: `hostile('H01', …)` in tests/e2e/hostile-*.test.mjs,
 *   `hostile::row("H01")` in tests/hostile_*.rs. The test takes what it expects from the row.
 *   What runs in both places has the same id in both files.
 * - `source`: "catalogue", "OpenID Foundation, basic" (config, refresh, FAPI 2 …), "own", or a section of a standard.
 * - `does`: what the server, or whoever speaks for it, does: one plain sentence.
 * - `expected`: "accepted" or an error code; where browsers differ, an object by their names.
 *
 * Each test leaves what happened in `.cache/hostile`; `node tools/hostile-table.mjs --measured` takes that over into the
 * `.results.json` beside the rows, and writes the page.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { browserNames } from './find.mjs';
import { root as workspace, scratch } from './paths.mjs';

/** Where cases run, and in which places each of them is measured. */
export const kinds = { browser: browserNames, host: ['host'] };
export const rowsFile = (kind) => `tests/vectors/hostile-${kind}.json`;
export const resultsFile = (kind) => `tests/vectors/hostile-${kind}.results.json`;

/** The rows of one kind, in the order of the file. */
export function hostileRows(kind, root = workspace) {
  return JSON.parse(readFileSync(path.join(root, rowsFile(kind)), 'utf8')).rows;
}

/** What a row expects in a place: "accepted" or an error code. */
export function expectedIn(row, place) {
  return typeof row.expected === 'string' ? row.expected : row.expected[place];
}

/**
 * @returns {Record<string, Record<string, string>>} what happened, as it is checked in: by the row's id, then by browser or `host`
 */
export function results(kind, root = workspace) {
  const file = path.join(root, resultsFile(kind));
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

const measuredIn = (place) => path.join(scratch, 'hostile', place);

/** Keeps what happened in a case: for `--measured`. The helper of the host tests writes the same files. */
export function keepMeasured(place, id, happened) {
  mkdirSync(measuredIn(place), { recursive: true });
  writeFileSync(path.join(measuredIn(place), id), happened);
}

/** What was measured here: by id, then by place. */
export function measured(kind) {
  const found = {};
  for (const place of kinds[kind]) {
    const folder = measuredIn(place);
    for (const id of existsSync(folder) ? readdirSync(folder) : [])
      (found[id] ??= {})[place] = readFileSync(path.join(folder, id), 'utf8');
  }
  return found;
}
