/** The rows of the table of what a refresh may meet: one source for the tests that measure them and the page about them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const vectors = 'tests/vectors/rotation-faults.json';

export function faultRows(root) {
  return JSON.parse(readFileSync(path.join(root, vectors), 'utf8')).rows;
}
