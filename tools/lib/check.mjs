/**
 * What all checks share. A check is a module in tools/checks that exports
 *   name   what is right when it passes, as one line,
 *   run    async ({ root }) => problems, each one line "file:line: what is wrong and what to do",
 *   needs  (optional) ['package'] when it looks at the built package.
 * Each runs within `npm test`, and alone: node tools/checks/<file>.mjs
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root as workspace, toolsBin } from './paths.mjs';
import { findOnPath, putFirstOnPath } from './find.mjs';
import { attempt, outcome } from './process.mjs';

/** Runs the check when its file was started by hand; does nothing when it was imported. */
export async function runAlone(meta, name, run) {
  if (meta.url !== pathToFileURL(process.argv[1] ?? '').href) return;
  putFirstOnPath(toolsBin);
  const problems = await run({ root: workspace });
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? `ok: ${name}` : `not ok: ${name} (${problems.length})`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Runs a program as a check: no problem when it ends with 0, else what it printed. */
export async function programProblems(command, args, { cwd = workspace, env, timeoutSeconds = 1200 } = {}) {
  const result = await attempt(command, args, { cwd, env, timeoutSeconds });
  if (result.code === 0) return [];
  const ending = outcome([path.basename(command), ...args], result, { timeoutSeconds });
  return [[ending, ...result.output.slice(-60)].join('\n')];
}

/** The full path of a program that an npm package of the workspace brings. */
export function packageProgram(name) {
  return path.join(workspace, 'node_modules/.bin', name);
}

/** One problem when a program is absent, so that a check never passes by not running. */
export function absentProblem(program) {
  return findOnPath(program) || existsSync(program)
    ? []
    : [`${program} is not installed: run \`node tools/setup.mjs\``];
}

/** One problem when the package has not been built. */
export function unbuiltProblem(root, file = 'pkg/package.json') {
  return existsSync(path.join(root, file)) ? [] : [`${file} does not exist: run \`npm run build\` first`];
}
