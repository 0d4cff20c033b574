/** The package's TypeScript sources have no type error, by the strict tsconfig that stands next to them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { absentProblem, packageProgram, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'the TypeScript sources have no type error';

export async function run({ root }) {
  const compiler = packageProgram('tsc');
  const absent = absentProblem(compiler);
  if (absent.length > 0) return absent;
  // The worker's side has other libraries of types.
  const projects = ['pkg-template', 'pkg-template/tsconfig.worker.json'].filter((project) =>
    existsSync(path.join(root, project)),
  );
  const check = (project) =>
    programProblems(compiler, ['--noEmit', '--pretty', 'false', '--project', project], { cwd: root });
  return (await Promise.all(projects.map(check))).flat();
}

await runAlone(import.meta, name, run);
