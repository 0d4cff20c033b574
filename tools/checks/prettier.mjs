/** JavaScript, TypeScript, CSS, HTML, JSON and Markdown are formatted. Repair: npx prettier --write . */
import { absentProblem, packageProgram, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'everything else is formatted (prettier)';

export async function run({ root }) {
  const prettier = packageProgram('prettier');
  const absent = absentProblem(prettier);
  if (absent.length > 0) return absent;
  return programProblems(prettier, ['--check', '--log-level', 'warn', '.'], { cwd: root });
}

await runAlone(import.meta, name, run);
