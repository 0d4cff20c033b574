/**
 * `node benches/report.mjs`: makes docs/benchmarks.md and its plots anew from benches/results/. A check compares them.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../tools/lib/paths.mjs';
import { reportFiles } from './report/page.mjs';

export async function writeReport() {
  for (const [file, text] of Object.entries(await reportFiles(root))) {
    writeFileSync(path.join(root, file), text);
    console.log(`${file} is up to date`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeReport();
