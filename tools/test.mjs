/**
 * `npm test`: everything, installs included. Narrower:
 *   npm test -- --browser chromium,firefox     only these browsers
 *   npm test -- --only checks,host,wasm,e2e,ecosystem   only these suites
 *   npm test -- --filter name                  only tests whose name contains this
 *   npm test -- --verbose                      all that cargo prints
 * The last line is always `N passed, N failed`; the exit code is 1 when anything failed.
 */
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { bold, dim, duration, green, red, table } from './lib/console.mjs';
import { ensureDisplay } from './lib/display.mjs';
import { browserNames } from './lib/find.mjs';
import { endChildrenOnSignals, wasInterrupted } from './lib/process.mjs';
import { checkSuite, loadChecks } from './lib/suite-checks.mjs';
import { hostSuite, wasmSuite } from './lib/suites-cargo.mjs';
import { ecosystemSuite, endToEndSuite, selfTestSuite } from './lib/suites-node.mjs';
import { ensureSetup, SetupError } from './setup.mjs';

const suiteNames = ['checks', 'host', 'wasm', 'e2e', 'ecosystem'];
const rows = [];
/** What failed, once more at the end: a long log is often shown by its end alone. */
const failures = [];
/** What failed, and passed the second time. */
const unsteady = [];

const options = readOptions();
endChildrenOnSignals((signal) => finish(`ended by ${signal}`));
await main();
if (!wasInterrupted()) finish();

function readOptions() {
  const list = (value, allowed, option) => {
    const chosen = value.split(',').map((each) => each.trim());
    const unknown = chosen.filter((each) => !allowed.includes(each));
    if (unknown.length > 0) usage(`${option} ${unknown.join(',')}: allowed are ${allowed.join(', ')}`);
    return allowed.filter((each) => chosen.includes(each));
  };
  try {
    const { values } = parseArgs({
      options: {
        browser: { type: 'string', default: browserNames.join(',') },
        only: { type: 'string', default: suiteNames.join(',') },
        filter: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) usage();
    return {
      ...values,
      browsers: list(values.browser, browserNames, '--browser'),
      suites: list(values.only, suiteNames, '--only'),
    };
  } catch (error) {
    return usage(error.message);
  }
}

function usage(problem) {
  const text =
    'usage: npm test -- [--browser chromium,firefox,webkit] [--only checks,host,wasm,e2e,ecosystem] [--filter name] [--verbose]';
  console.log(problem ? `${problem}\n${text}\n0 passed, 1 failed` : text);
  process.exit(problem ? 1 : 0);
}

async function main() {
  const wants = (suite) => options.suites.includes(suite);
  const inBrowsers = wants('wasm') || wants('e2e') || wants('ecosystem');
  const needsPackage = wants('checks') || wants('e2e') || wants('ecosystem');
  const unmet = await setUp([
    ...(needsPackage || wants('wasm') ? ['build'] : ['node']),
    'rust',
    ...(inBrowsers ? options.browsers : []),
  ]);
  const basic = ['node', 'wasm', 'rust'].find((need) => unmet.has(need));
  if (basic) return;

  // The optimizing build keeps one core busy for a while; the checks that don't look at its result use the other.
  const building = needsPackage ? buildPackage() : Promise.resolve(null);
  if (wants('checks')) {
    await suite('checks', '-', async (print) => {
      const early = await checkSuite(await loadChecks({ ...options, packaged: false }), { print });
      const own = await selfTestSuite({ ...options, print });
      const unbuilt = await building;
      const checks = await loadChecks({ ...options, packaged: true });
      const late = unbuilt
        ? {
            passed: 0,
            failed: checks.length,
            problems: checks.map(({ name }) => `not run, since the build failed: ${name}`),
          }
        : await checkSuite(checks, { print });
      return add(early, own, late);
    });
  }
  if (wants('host')) await suite('host', '-', (print) => hostSuite({ ...options, print }));
  const buildFailure = await building;
  if (buildFailure)
    rows.push({ suite: 'build', browser: '-', passed: 0, failed: 1, seconds: buildFailure.seconds });
  if (inBrowsers) await browserSuites(unmet, buildFailure);
}

async function browserSuites(unmet, buildFailure) {
  const runners = { wasm: wasmSuite, e2e: endToEndSuite, ecosystem: ecosystemSuite };
  const webkit = options.browsers.includes('webkit') && !unmet.has('webkit');
  const display = webkit ? await ensureDisplay() : undefined;
  for (const name of Object.keys(runners).filter((each) => options.suites.includes(each))) {
    // The projects of the ecosystem differ in how they are built; the browsers have been through by then.
    const browsers = name === 'ecosystem' ? options.browsers.slice(0, 1) : options.browsers;
    for (const browser of browsers) {
      await suite(name, browser, async (print) => {
        if (unmet.has(browser)) return notRun(unmet.get(browser));
        if (name !== 'wasm' && buildFailure) return notRun('the build failed');
        const own = browser === 'webkit' ? display : undefined;
        return runners[name](browser, { ...options, print, display: own });
      });
    }
  }
  await display?.stop();
}

const notRun = (reason) => ({ passed: 0, failed: 1, problems: [`not run: ${reason}`] });

function add(...outcomes) {
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    problems: outcomes.flatMap(({ problems }) => problems),
  };
}

/** Returns the needs that could not be met, with the reasons: what depends on them fails, the rest still runs. */
async function setUp(needs) {
  const started = performance.now();
  try {
    await ensureSetup(needs);
    return new Map();
  } catch (error) {
    const failures = error instanceof SetupError ? error.failures : new Map([['node', error.stack]]);
    for (const [need, reason] of failures) console.log(`${red('set-up failed')} for ${need}: ${reason}`);
    rows.push({
      suite: 'set-up',
      browser: '-',
      passed: 0,
      failed: failures.size,
      seconds: (performance.now() - started) / 1000,
    });
    return failures;
  }
}

/** Builds and packs; returns null, or { seconds } when that failed (the reason is printed). Never rejects. */
async function buildPackage() {
  const started = performance.now();
  try {
    const { buildPackage: build } = await import('./build.mjs');
    const { packPackage } = await import('./pack.mjs');
    await build();
    await packPackage();
    return null;
  } catch (error) {
    console.log(`${red('the build failed')}: ${error?.stack ?? error}`);
    return { seconds: (performance.now() - started) / 1000 };
  }
}

/** Runs one suite, shows it as it goes and adds its row. A suite that throws is a failure, not the end. */
async function suite(name, browser, work) {
  if (wasInterrupted()) return;
  const started = performance.now();
  console.log(bold(`\n${name}${browser === '-' ? '' : ` in ${browser}`}`));
  const watch = failureWatch(`${name}${browser === '-' ? '' : ` in ${browser}`}`);
  const print = (line) => {
    watch(line);
    console.log(`  ${line}`);
  };
  let outcome;
  try {
    outcome = await work(print);
  } catch (error) {
    outcome = { passed: 0, failed: 1, problems: [error.stack ?? String(error)] };
  }
  if (wasInterrupted()) return; // its programs were ended: what it counted means nothing
  for (const problem of outcome.problems) print(red(problem));
  for (const test of outcome.unsteady ?? []) unsteady.push(`${name} in ${browser}: ${test}`);
  const seconds = (performance.now() - started) / 1000;
  rows.push({ suite: name, browser, passed: outcome.passed, failed: outcome.failed, seconds });
  const verdict = outcome.failed > 0 ? red(`${outcome.failed} failed`) : green('ok');
  print(`${verdict} ${dim(`${outcome.passed} passed in ${duration(seconds)}`)}`);
}

/** Notes the lines of each failure, as they are printed. */
function failureWatch(suiteName) {
  const linesAtMost = 30;
  let current;
  return (line) => {
    const text = stripVTControlCharacters(line);
    if (/^\s*ok\b/.test(text)) current = undefined;
    else if (/^\s*not ok\b/.test(text)) failures.push((current = [`${suiteName}: ${text.trim()}`]));
    else if (current && current.length < linesAtMost) current.push(`  ${text}`);
  };
}

function finish(ending) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  if (ending) rows.push({ suite: ending, browser: '-', passed: 0, failed: 1, seconds: 0 });
  if (sum('passed') + sum('failed') === 0) {
    rows.push({
      suite: options.filter ? `no test matches '${options.filter}'` : 'no test ran',
      browser: '-',
      passed: 0,
      failed: 1,
      seconds: 0,
    });
  }
  const cells = rows.map((row) => [row.suite, row.browser, row.passed, row.failed, row.seconds.toFixed(1)]);
  console.log('');
  for (const lines of failures) console.log(`${red(lines[0])}\n${lines.slice(1).join('\n')}`);
  for (const line of table(['suite', 'browser', 'passed', 'failed', 'seconds'], cells)) console.log(line);
  console.log('');
  for (const test of unsteady) console.log(`${red('failed, and passed the second time')}: ${test}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = sum('failed') > 0 ? 1 : 0;
}
