/**
 * Installs what the workspace's commands need and what is absent, and says so: what, where to, about how long.
 * `npm start`, `npm test` and `npm run build` call it by themselves. By hand: node tools/setup.mjs build chromium
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { duration } from './lib/console.mjs';
import { putFirstOnPath } from './lib/find.mjs';
import { withLock } from './lib/lock.mjs';
import { readable, toolsBin, userCache } from './lib/paths.mjs';
import { attempt, endChildrenOnSignals, outcome } from './lib/process.mjs';
import { nodeModulesStep } from './lib/setup-node.mjs';
import * as rust from './lib/setup-rust.mjs';
import { prepareInstallation, systemStep } from './lib/setup-system.mjs';

const rustBase = (need) => [rust.cargoStep(need), systemStep(need, 'linker')];

/** What each need stands for. The order counts within a lane; lanes run at the same time. */
const stepsOf = {
  node: () => [nodeModulesStep('node')],
  rust: () => [...rustBase('rust'), rust.lintStep('rust')],
  wasm: () => [
    ...rustBase('wasm'),
    rust.wasmTargetStep('wasm'),
    rust.wasmBindgenStep('wasm'),
    rust.wasmPackStep('wasm'),
  ],
  chromium: () => [systemStep('chromium', 'chromium')],
  firefox: () => [systemStep('firefox', 'firefox'), ...rustBase('firefox'), rust.geckodriverStep('firefox')],
  webkit: () => [systemStep('webkit', 'webkit')],
};

export const needNames = [...Object.keys(stepsOf), 'build'];

/** Thrown when something could not be installed. `failures` maps each need that is not met to the reason. */
export class SetupError extends Error {
  constructor(failures) {
    super(
      [...failures]
        .map(([need, reason]) => `'${need}' is needed and could not be set up: ${reason}`)
        .join('\n'),
    );
    this.name = 'SetupError';
    this.failures = failures;
  }
}

/** Makes sure that the needs are met; quick and silent when they are. Throws a SetupError when one can't be. */
export async function ensureSetup(needs) {
  putFirstOnPath(toolsBin);
  rust.findCargo();
  const steps = [...new Set(needs.flatMap((need) => (need === 'build' ? ['node', 'wasm'] : [need])))].flatMap(
    (need) => {
      if (!stepsOf[need]) throw new TypeError(`unknown need '${need}'; known are ${needNames.join(', ')}`);
      return stepsOf[need]();
    },
  );
  if ((await absent(steps)).length === 0) return;
  const lock = path.join(userCache, 'setup.lock');
  await withLock(lock, () => install(steps), {
    onWait: (holder) =>
      console.log(
        `setup: another set-up is running${holder ? ` (process ${holder.pid})` : ''}, waiting for it`,
      ),
  });
}

async function absent(steps) {
  const there = await Promise.all(steps.map((step) => step.isThere()));
  return steps.filter((_, index) => !there[index]);
}

async function install(steps) {
  const todo = await absent(steps);
  const failures = new Map();
  const lane = (name) => todo.filter((step) => step.lane === name);
  const system = installSystem(lane('system'), failures);
  const linkerFirst = lane('system').some((step) => step.packages().includes('build-essential'));
  await Promise.all([
    system,
    installOneByOne(lane('node'), failures),
    (linkerFirst ? system : Promise.resolve()).then(() => installOneByOne(lane('rust'), failures)),
  ]);
  for (const step of await absent(todo)) {
    if (!failures.has(step.need)) {
      failures.set(
        step.need,
        `${step.title} is still missing after it was installed, or has the wrong version.`,
      );
    }
  }
  if (failures.size > 0) throw new SetupError(failures);
}

async function installOneByOne(steps, failures) {
  const failed = new Set();
  for (const step of steps) {
    // Another need may have brought it just now (both want Rust), or failed to: then it is not tried again.
    if (failed.has(step.need) || (await step.isThere())) continue;
    try {
      await announced(step.title, step.where, step.about, (execute) => step.install(execute));
    } catch (error) {
      for (const { need } of steps.filter(({ title }) => title === step.title)) {
        failed.add(need);
        fail(failures, need, error.message);
      }
    }
  }
}

/** All Debian packages in one call: apt's own lock would serialise several anyway. */
async function installSystem(steps, failures) {
  if (steps.length === 0) return;
  const packages = [...new Set(steps.flatMap((step) => step.packages()))];
  const elsewhere = [...new Set(steps.map((step) => step.elsewhere))].join(' ');
  const seconds = steps.reduce((sum, step) => sum + Number.parseInt(step.about, 10), 15);
  try {
    const installation = await prepareInstallation(packages, elsewhere);
    await announced(`Debian packages ${packages.join(' ')}`, steps[0].where, duration(seconds), installation);
  } catch (error) {
    for (const { need } of steps) fail(failures, need, error.message);
  }
}

/** A need can fail for two reasons at once, and a person wants to repair both. */
function fail(failures, need, reason) {
  if (!failures.get(need)?.includes(reason)) {
    failures.set(need, failures.has(need) ? `${failures.get(need)}\n${reason}` : reason);
  }
}

/** Says what is coming, runs it with a sign of life every half minute, says how long it really took. */
async function announced(title, where, about, work) {
  if (where) console.log(`setup: installing ${title}\n       into ${readable(where)}, about ${about}`);
  const started = performance.now();
  const elapsed = () => duration((performance.now() - started) / 1000);
  const life = setInterval(() => console.log(`setup: still at ${title}, ${elapsed()}`), 30_000);
  try {
    await work((command, args, options) => logged(title, command, args, options));
    console.log(`setup: ${title}: done in ${elapsed()}`);
  } catch (error) {
    if (where) console.log(`setup: ${title}: failed after ${elapsed()}`);
    throw error;
  } finally {
    clearInterval(life);
  }
}

/** Runs a command; its output goes to a log file, and on failure its last lines into the error. */
async function logged(title, command, args, options = {}) {
  const lines = [];
  const all = { timeoutSeconds: 45 * 60, ...options, onLine: (line) => lines.push(line) };
  const result = await attempt(command, args, all);
  if (result.code === 0) return;
  const log = path.join(userCache, 'logs', `${title.replace(/[^a-z0-9.]+/gi, '-').slice(0, 60)}.log`);
  mkdirSync(path.dirname(log), { recursive: true });
  writeFileSync(log, lines.join('\n') + '\n');
  const tail = lines.slice(-20).map((line) => `    ${line}`);
  const ending = outcome([command, ...args], result, all);
  throw new Error([ending, ...tail, `  (whole output: ${readable(log)})`].join('\n'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  endChildrenOnSignals();
  const needs = process.argv.slice(2);
  try {
    await ensureSetup(needs.length > 0 ? needs : ['build', 'rust', 'chromium', 'firefox', 'webkit']);
    console.log('setup: everything is there');
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  }
}
