/** What the tests of tests/ecosystem/bundlers have to find with each bundler, and what they found the last time. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root as workspace, scratch } from './paths.mjs';

export const resultsFile = 'tests/ecosystem/bundlers/results.json';

/** A file for each bundler, written by its test. */
export const measuredRows = path.join(scratch, 'ecosystem/rows');

/**
 * @param {string} [root] the workspace's
 * @returns {Record<string, object>} by the name of the bundler's folder: `bundler`, `package`, `version`, and for each
 *   mode ('development', 'production') what came of each variant: `works`, or the code of the AuthError
 */
export function results(root = workspace) {
  const file = path.join(root, resultsFile);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** The rows that the tests have measured here. */
export function measured() {
  const files = existsSync(measuredRows) ? readdirSync(measuredRows) : [];
  const read = (file) => JSON.parse(readFileSync(path.join(measuredRows, file), 'utf8'));
  return Object.fromEntries(files.map((file) => [path.basename(file, '.json'), read(file)]));
}
