/**
 * `npm run bench`: measures holdfast and other libraries side by side, on this machine.
 *   npm run bench -- --only calls,start                  only these measures
 *   npm run bench -- --peers holdfast-shared,auth0       only these libraries (and the floor)
 *   npm run bench -- --browsers chromium,firefox         only these browsers
 *   npm run bench -- --quick                             fewer rounds: to see that it works
 *   npm run bench -- --publish                           into benches/results/, and docs/benchmarks.md made anew
 * Installs what it measures in benches/node_modules. The results are in .cache/bench/.
 */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bold, dim, duration, red } from '../tools/lib/console.mjs';
import { browserNames } from '../tools/lib/find.mjs';
import { readable, root, scratch } from '../tools/lib/paths.mjs';
import { endChildrenOnSignals, run as runProgram } from '../tools/lib/process.mjs';
import { isInstalled } from '../tools/lib/setup-node.mjs';
import { ensureSetup } from '../tools/setup.mjs';

const folder = path.join(root, 'benches');

endChildrenOnSignals();
const options = readOptions();
await ensureSetup(['build', ...options.browsers]);
await installPeers();
await buildPackage();
process.exit(await measureAll());

function readOptions() {
  const list = (text) => text?.split(',').map((each) => each.trim());
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      browsers: { type: 'string' },
      quick: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
    },
  });
  if (values.publish && (values.quick || values.peers || values.browsers)) {
    throw new Error('What is published is measured in full: no --quick, no --peers, no --browsers');
  }
  return {
    ...values,
    only: list(values.only),
    peers: values.peers && [...new Set(['floor', ...list(values.peers)])],
    browsers: list(values.browsers) ?? browserNames,
  };
}

async function installPeers() {
  if (isInstalled(folder)) return;
  console.log('Installing the libraries to compare with, into benches/node_modules, about 30 s');
  await runProgram('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    timeoutSeconds: 600,
  });
}

/** The package as users get it. */
async function buildPackage() {
  const { buildPackage: build } = await import('../tools/build.mjs');
  const { packPackage } = await import('../tools/pack.mjs');
  await build();
  await packPackage();
}

async function measureAll() {
  const { createContext } = await import('./lib/context.mjs');
  const { loadMeasures } = await import('./lib/measures.mjs');
  const { commitOf, surroundings } = await import('./lib/outcome.mjs');
  const all = await loadMeasures();
  const unknown = (options.only ?? []).filter((name) => !all.some((measure) => measure.name === name));
  if (unknown.length > 0) throw new Error(`no measure ${unknown}; there are ${all.map(({ name }) => name)}`);
  const measures = all.filter(({ name }) => !options.only || options.only.includes(name));

  const started = performance.now();
  const about = {
    run: { started: new Date().toISOString(), commit: await commitOf(root) },
    ...(await surroundings(options.browsers)),
  };
  const context = await createContext({
    names: options.peers,
    browsers: options.browsers,
    quick: options.quick,
    log: (text) => console.log(dim(`  ${text}`)),
  });
  const failures = Object.entries(context.leftOut).map(([name, why]) => `${name} is left out: ${why}`);
  for (const measure of measures) {
    const failure = await measureOne(measure, context, about);
    if (failure) failures.push(failure);
  }
  await context.close().catch((error) => failures.push(`the servers did not stop: ${error.message}`));
  console.log(dim(`${measures.length} measured in ${duration((performance.now() - started) / 1000)}`));
  if (options.publish) {
    const { writeReport } = await import('./report.mjs');
    await writeReport();
  }
  for (const failure of failures) console.log(red(failure));
  return failures.length > 0 ? 1 : 0;
}

async function measureOne(measure, context, about) {
  const { writeOutcome } = await import('./lib/outcome.mjs');
  const { fewWords } = await import('./lib/patience.mjs');
  console.log(bold(`${measure.name}: ${measure.title}`));
  context.servers.control.reset();
  const [load] = os.loadavg();
  const started = performance.now();
  const outcome = {};
  try {
    outcome.result = await measure.run(context);
  } catch (error) {
    console.log(red(`  ${error.stack}`));
    outcome.failure = fewWords(error);
  }
  const seconds = (performance.now() - started) / 1000;
  const target = options.publish ? path.join(folder, 'results') : path.join(scratch, 'bench');
  const file = path.join(target, `${measure.name}.json`);
  await writeOutcome(file, {
    measure: measure.name,
    title: measure.title,
    command: `npm run bench -- --only ${measure.name}`,
    date: new Date().toISOString(),
    seconds,
    quick: options.quick,
    ...about,
    machine: { ...about.machine, load },
    packages: Object.fromEntries(context.known.map(({ name, version }) => [name, version])),
    leftOut: context.leftOut,
    ...outcome,
  });
  console.log(dim(`  ${readable(file)}, ${duration(seconds)}`));
  if (outcome.failure) return `${measure.name} failed: ${outcome.failure}`;
  try {
    await show(measure, file);
  } catch (error) {
    console.log(red(`  ${error.stack}`));
    return `${measure.name} can't be shown: ${error.message}`;
  }
  return undefined;
}

/** As the report will show it: what was written, not what is in memory. */
async function show(measure, file) {
  const { markdownTable } = await import('./report/page.mjs');
  const { format } = await import('prettier');
  const { result } = JSON.parse(await readFile(file, 'utf8'));
  for (const { title, columns, rows } of [measure.table(result)].flat()) {
    const text = await format(markdownTable(columns, rows), { parser: 'markdown' });
    console.log(`${title ? `${title}\n` : ''}${text}`);
  }
}
