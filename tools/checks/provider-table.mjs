/** What the vault, the docs and the types say of the option `provider` is what the data says. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { dataFile, dataProblems, page, pageWithTable, rustFile, rustTable } from '../lib/provider-data.mjs';

export const name = `${rustFile} and the tables of ${page} are made from ${dataFile}`;

export async function run({ root }) {
  return [
    ...differences(root, rustFile, rustTable(root)),
    ...differences(root, page, await pageWithTable(root)),
    ...dataProblems(root),
  ];
}

function differences(root, file, expected) {
  const written = readFileSync(path.join(root, file), 'utf8').split('\n');
  const lines = expected.split('\n');
  const line = lines.findIndex((text, index) => text !== written[index]);
  if (line === -1 && written.length === lines.length) return [];
  return [`${file}:${line + 1}: differs from ${dataFile}: run \`node tools/provider-table.mjs\``];
}

await runAlone(import.meta, name, run);
