/**
 * The checks of tools/checks as a suite: each is one test. See tools/lib/check.mjs for what a check is.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { dim, duration, green, red } from './console.mjs';
import { root } from './paths.mjs';
import { wasInterrupted } from './process.mjs';

const folder = path.join(root, 'tools/checks');

/** All checks, or those whose file or name contains the filter. `packaged`: those that look at the built package. */
export async function loadChecks({ filter, packaged }) {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.mjs'))
    .sort();
  const checks = await Promise.all(
    files.map(async (file) => ({ file, ...(await import(new URL(`../checks/${file}`, import.meta.url))) })),
  );
  return checks.filter(
    ({ file, name, needs = [] }) =>
      needs.includes('package') === packaged && (!filter || file.includes(filter) || name.includes(filter)),
  );
}

export async function checkSuite(checks, { print }) {
  let passed = 0;
  let failed = 0;
  for (const { file, name, run } of checks) {
    if (wasInterrupted()) break;
    const started = performance.now();
    const problems = await Promise.resolve()
      .then(() => run({ root }))
      .catch((error) => [`the check itself failed: ${error.stack ?? error}`]);
    const time = dim(`(${duration((performance.now() - started) / 1000)})`);
    if (problems.length === 0) {
      passed++;
      print(`${green('ok')} ${name} ${time}`);
    } else {
      failed++;
      print(`${red('not ok')} ${name} ${time} ${dim(`node tools/checks/${file}`)}`);
      for (const problem of problems) print(problem.replace(/^/gm, '    '));
    }
  }
  return { passed, failed, problems: [] };
}
