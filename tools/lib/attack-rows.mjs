/** The rows of tests/vectors/confinement.json: attacks of script in the page, and what happens. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const vectors = 'tests/vectors/confinement.json';

/**
 * @param {string} root the workspace's
 * @returns {{ attack: string, scenario: string, file: string, test: string, happens: string }[]} a row may say more under
 *   the name of a browser, of a kind of vault, or of both ('firefox, shared')
 */
export const attackRows = (root) => JSON.parse(readFileSync(path.join(root, vectors), 'utf8')).rows;

/** What a row says of a browser and a kind of vault. */
export const happensIn = (row, browser, host) =>
  row[`${browser}, ${host}`] ?? row[browser] ?? row[host] ?? row.happens;
