/** The package's TypeScript sources have no type error, by the strict tsconfig that stands next to them. */
import { absentProblem, packageProgram, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'the TypeScript sources have no type error';

export async function run({ root }) {
  const compiler = packageProgram('tsc');
  const absent = absentProblem(compiler);
  if (absent.length > 0) return absent;
  return programProblems(compiler, ['--noEmit', '--pretty', 'false', '--project', 'pkg-template'], {
    cwd: root,
  });
}

await runAlone(import.meta, name, run);
