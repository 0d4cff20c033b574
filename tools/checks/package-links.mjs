/** No link of the packed pages leads nowhere: npm shows them where most files of the repository are not. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone, unbuiltProblem } from '../lib/check.mjs';
import { deadLinks } from '../lib/packed-page.mjs';
import { packedFiles } from './package-files.mjs';

export const name = 'no link of the packed pages leads nowhere';
export const needs = ['package'];

export async function run({ root }) {
  const absent = unbuiltProblem(root, 'pkg/README.md');
  if (absent.length > 0) return absent;
  const folder = path.join(root, 'pkg');
  const files = await packedFiles(folder);
  const pages = files.filter((file) => file.endsWith('.md'));
  return pages.flatMap((page) =>
    deadLinks(readFileSync(path.join(folder, page), 'utf8'), files).map(
      (target) => `pkg/${page}: links to ${target}, which is not in the package (tools/lib/packed-page.mjs)`,
    ),
  );
}

await runAlone(import.meta, name, run);
