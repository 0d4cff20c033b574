/** The page about benchmarks and its plots are those of the data that was published. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { reportFiles, results } from '../../benches/report/page.mjs';
import { runAlone } from '../lib/check.mjs';

export const name = `docs/benchmarks.md and its plots are those of ${results}`;

export async function run({ root }) {
  return differences(root, await reportFiles(root));
}

/** One problem for each file that is not as it should be. */
export function differences(root, files) {
  return Object.entries(files).flatMap(([file, expected]) => {
    const place = path.join(root, file);
    const written = existsSync(place) ? readFileSync(place, 'utf8') : '';
    if (written === expected) return [];
    const lines = written.split('\n');
    const line = expected.split('\n').findIndex((text, index) => text !== lines[index]);
    return [`${file}:${Math.max(line, 0) + 1}: differs from ${results}: run \`node benches/report.mjs\``];
  });
}

await runAlone(import.meta, name, run);
