/**
 * "Are the types wrong?" finds nothing: TypeScript and the program that runs find the same files, by each way of
 * resolving them that knows ES modules (the package has nothing for `require`, nor for TypeScript's "node10").
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAlone, unbuiltProblem } from '../lib/check.mjs';
import { packedFiles } from './package-files.mjs';

export const name = 'are-the-types-wrong is content with each entry of the package';
export const needs = ['package'];

const resolutionKinds = ['node16-esm', 'bundler'];

export async function run({ root }) {
  const absent = unbuiltProblem(root);
  if (absent.length > 0) return absent;
  const { Package, checkPackage } = await import('@arethetypeswrong/core');
  const { filterProblems, problemKindInfo } = await import('@arethetypeswrong/core/problems');
  const folder = path.join(root, 'pkg');
  const { name, version, exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const files = await packedFiles(folder);
  const texts = files.map((file) => [
    `/node_modules/${name}/${file}`,
    readFileSync(path.join(folder, file), 'utf8'),
  ]);
  // worker.js and escrow.js are scripts to be served: nobody imports them, so they have no types.
  const entrypoints = Object.keys(exports).filter((entry) => !/\.(js|json)$/.test(entry));
  const analysis = await checkPackage(new Package(Object.fromEntries(texts), name, version), { entrypoints });
  if (!analysis.types) return [`pkg/package.json: no entry has types`];
  return resolutionKinds.flatMap((resolutionKind) =>
    filterProblems(analysis, { resolutionKind }).map((problem) => {
      const { title, shortDescription } = problemKindInfo[problem.kind];
      const where = problem.entrypoint ?? problem.fileName ?? problem.typesFileName ?? '';
      return `pkg/package.json: ${where} (${resolutionKind}): ${title ?? problem.kind}: ${shortDescription}`;
    }),
  );
}

await runAlone(import.meta, name, run);
