/**
 * `npm run bench:core`: what the core's own work costs, against the last release, on this machine. Builds the benches of
 * benches/core for both, runs them in turns, and ends with 1 where one has become more than LIMIT times as slow.
 *   npm run bench:core -- --against v1.2.0   another release, branch or commit than the newest tag `v*`
 *   npm run bench:core -- --rounds 9         7 by default
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../benches/lib/statistics.mjs';
import { red } from './lib/console.mjs';
import { root, scratch } from './lib/paths.mjs';
import { ask, attempt, endChildrenOnSignals, outcome } from './lib/process.mjs';

/** How many times as slow is too slow. Two runs of the very same code differ by a tenth on a busy machine. */
const LIMIT = 1.25;
const folder = 'benches/core';
const work = path.join(scratch, 'bench-core');

endChildrenOnSignals();
const { values } = parseArgs({
  options: { against: { type: 'string' }, rounds: { type: 'string', default: '7' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) fail('--rounds takes a number, 1 or more.');

const reference = values.against ?? (await newestTag()) ?? firstBaseline();
const commit = (await git('rev-parse', '--verify', '--quiet', `${reference}^{commit}`))?.trim();
if (!commit)
  fail(
    `There is no ${reference} in this clone: \`git fetch --tags --unshallow\`, or name another by --against.`,
  );

console.log(`Building the benches of ${reference} and of the working tree ...`);
const now = await build(root);
const then = await build(await checkOut(commit));

/** What each bench took on each side, in nanoseconds, a figure a round. */
const times = { then: new Map(), now: new Map() };
await measureRounds();
if (tooSlow().length > 0) {
  console.log('Something seems slower. Once more, since another program may have been the reason ...');
  await measureRounds();
}
show();
for (const name of tooSlow()) {
  console.log(
    red(`${name}: ${ratio(name).toFixed(2)} times as long as in ${reference}; ${LIMIT} is the limit.`),
  );
}
process.exitCode = tooSlow().length > 0 || names().length === 0 ? 1 : 0;

async function measureRounds() {
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? ['then', 'now'] : ['now', 'then']) {
      for (const [name, time] of await measure(side, { then, now }[side])) {
        times[side].set(name, [...(times[side].get(name) ?? []), time]);
      }
    }
  }
}

/** The benches that both sides have. */
function names() {
  return [...times.now.keys()].filter((name) => times.then.has(name));
}

/** By the fastest round of each side: whatever else the machine does only adds. */
function ratio(name) {
  return Math.min(...times.now.get(name)) / Math.min(...times.then.get(name));
}

function tooSlow() {
  return names().filter((name) => ratio(name) > LIMIT);
}

function show() {
  const column = (text) => String(text).padStart(14);
  console.log(`\n${'µs, fastest (median)'.padEnd(24)}${column('then')}${column('now')}${column('ratio')}`);
  for (const name of names()) {
    const cell = (side) => {
      const [best, middle] = [Math.min(...times[side].get(name)), median(times[side].get(name))];
      return column(`${(best / 1000).toFixed(2)} (${(middle / 1000).toFixed(2)})`);
    };
    console.log(`${name.padEnd(24)}${cell('then')}${cell('now')}${column(ratio(name).toFixed(2))}`);
  }
  const fresh = [...times.now.keys()].filter((name) => !times.then.has(name));
  if (fresh.length > 0) console.log(`New, with nothing to compare with: ${fresh.join(', ')}`);
}

/** Runs the benches of one side. Answers nanoseconds by name. */
async function measure(side, program) {
  const home = path.join(work, `results-${side}`);
  rmSync(home, { recursive: true, force: true });
  const args = ['--bench', '--noplot', '--warm-up-time', '0.2', '--measurement-time', '0.6'];
  const result = await attempt(program, args, {
    cwd: root,
    env: { CRITERION_HOME: home },
    timeoutSeconds: 300,
  });
  if (result.code !== 0) fail([outcome([program], result), ...result.output].join('\n'));
  const times = new Map();
  for (const name of readdirSync(home)) {
    const files = ['benchmark.json', 'estimates.json'].map((file) => path.join(home, name, 'new', file));
    if (!files.every(existsSync)) continue;
    const [{ full_id: id }, estimates] = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
    times.set(id, estimates.median.point_estimate);
  }
  return times;
}

/**
 * Builds the benches in a folder. Answers the program. One folder of built files for both sides, so that what Criterion
 * and the scripted server are made of is compiled once; the program is kept under another name.
 */
async function build(folderOfCrate, own = false) {
  const manifest = path.join(folderOfCrate, folder, 'Cargo.toml');
  const args = ['bench', '--no-run', '--locked', '--manifest-path', manifest];
  const result = await attempt('cargo', [...args, '--message-format', 'json-render-diagnostics'], {
    cwd: root,
    env: { CARGO_TARGET_DIR: path.join(root, 'target/bench-core') },
    timeoutSeconds: 40 * 60,
  });
  if (result.code !== 0) {
    // The core of then may have been another one to talk to than today's benches expect. It has benches of its own.
    const theirs = path.join(folderOfCrate, 'benches/core-of-then');
    if (folderOfCrate !== root && !own && existsSync(theirs)) {
      rmSync(path.join(folderOfCrate, folder), { recursive: true });
      cpSync(theirs, path.join(folderOfCrate, folder), { recursive: true });
      return build(folderOfCrate, true);
    }
    fail([outcome(['cargo', ...args], result), ...result.output.slice(-40)].join('\n'));
  }
  const programs = result.output.flatMap((line) => {
    const { executable, target } = line.startsWith('{') ? JSON.parse(line) : {};
    return executable && target.kind.includes('bench') ? [executable] : [];
  });
  const digest = createHash('sha256').update(folderOfCrate).digest('hex').slice(0, 8);
  const kept = path.join(work, `benches-${digest}${path.extname(programs[0])}`);
  mkdirSync(work, { recursive: true });
  cpSync(programs[0], kept);
  return kept;
}

/** The sources of `commit`, with today's benches: both sides do the same work. */
async function checkOut(commit) {
  const place = path.join(work, 'then');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const archive = path.join(work, 'then.tar');
  const parts = ['Cargo.toml', 'Cargo.lock', 'src', 'tests'];
  const hasOwn = await git('cat-file', '-e', `${commit}:${folder}`);
  if (hasOwn !== null) parts.push(folder);
  if ((await git('archive', '--format=tar', '-o', archive, commit, ...parts)) === null)
    fail(`The sources of ${commit} can't be read.`);
  const { code, output } = await attempt('tar', ['-xf', archive, '-C', place], { cwd: root });
  if (code !== 0) fail(output.join('\n'));
  rmSync(archive);
  if (hasOwn !== null) {
    cpSync(path.join(place, folder), path.join(place, 'benches/core-of-then'), { recursive: true });
    rmSync(path.join(place, folder), { recursive: true });
  }
  for (const file of ['Cargo.toml', 'Cargo.lock', 'core.rs']) {
    mkdirSync(path.join(place, folder), { recursive: true });
    writeFileSync(path.join(place, folder, file), readFileSync(path.join(root, folder, file)));
  }
  return place;
}

async function newestTag() {
  const tags = await git('tag', '--list', 'v*', '--sort=-v:refname');
  return tags?.split('\n')[0] || undefined;
}

/** Until there is a release. */
function firstBaseline() {
  return readFileSync(path.join(root, folder, 'baseline'), 'utf8').trim();
}

function git(...args) {
  return ask('git', args, { cwd: root });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
