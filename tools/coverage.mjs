/**
 * `npm run coverage`: how much of src/core the host's tests run, by lines and by branches. Ends with 1 below 95 %.
 *   npm run coverage -- --missed   names the lines and branches that no test runs
 * Needs a nightly compiler, which alone counts branches, its llvm-tools, and cargo-llvm-cov; it says so where one is missing.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { red, table } from './lib/console.mjs';
import { coverageOf, leastCoverage, total } from './lib/coverage.mjs';
import { root, scratch } from './lib/paths.mjs';
import { attempt, endChildrenOnSignals } from './lib/process.mjs';

endChildrenOnSignals();
const needs = [
  ['cargo', ['+nightly', '--version'], '`rustup toolchain install nightly`'],
  ['cargo', ['+nightly', 'llvm-cov', '--version'], '`cargo install cargo-llvm-cov`'],
];
for (const [command, args, remedy] of needs) {
  const { code } = await attempt(command, args, { cwd: root });
  if (code !== 0) {
    console.error(`\`${[command, ...args].join(' ')}\` does not work: ${remedy}, then run this again.`);
    process.exit(1);
  }
}
const { code: hasTools } = await attempt('sh', [
  '-c',
  'ls "$(rustc +nightly --print sysroot)"/lib/rustlib/*/bin/llvm-profdata',
]);
if (hasTools !== 0) {
  console.error(
    'llvm-tools are missing: `rustup component add llvm-tools --toolchain nightly`, then run this again.',
  );
  process.exit(1);
}

const file = path.join(scratch, 'coverage.info');
mkdirSync(scratch, { recursive: true });
const { code, output } = await attempt(
  'cargo',
  ['+nightly', 'llvm-cov', '--locked', '--branch', '--lcov', '--output-path', file, '--lib', '--tests'],
  { cwd: root, timeoutSeconds: 30 * 60 },
);
if (code !== 0) {
  console.error(output.slice(-40).join('\n'));
  process.exit(1);
}

const files = coverageOf(readFileSync(file, 'utf8'), root);
const percent = ({ hit, found }) => (found === 0 ? '' : ((100 * hit) / found).toFixed(1));
const row = ({ name, lines, branches }) => [
  name,
  lines.found,
  percent(lines),
  branches.found,
  percent(branches),
];
const all = total(files);
console.log(table(['file', 'lines', '%', 'branches', '%'], [...files.map(row), row(all)]).join('\n'));
if (process.argv.includes('--missed')) {
  for (const { name, missed } of files) for (const place of missed) console.log(`${name}:${place}`);
}
const tooLow = ['lines', 'branches'].filter(
  (kind) => (100 * all[kind].hit) / all[kind].found < leastCoverage,
);
for (const kind of tooLow) console.log(red(`less than ${leastCoverage} % of the ${kind} are run`));
process.exitCode = tooLow.length > 0 ? 1 : 0;
