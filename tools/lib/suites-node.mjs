/**
 * The suites that `node --test` runs: the end-to-end tests in each browser, and the checks' tests of themselves.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { dim } from './console.mjs';
import { listFiles } from './files.mjs';
import { root, scratch } from './paths.mjs';
import { attempt } from './process.mjs';
import { filesInTurn } from './rotation.mjs';

const longTests = 'tests/e2e/long';
const endToEndLimit = 40 * 60;
const ecosystemLimit = 40 * 60;
const selfTestLimit = 5 * 60;

/**
 * Several files at a time, for browsers wait more than they work; those that take longest first. No display is handed on: each WebKit
 * opens one of its own, since on a common one they take the focus from each other.
 */
export async function endToEndSuite(browser, { filter, print }) {
  return nodeTest('tests/e2e', {
    filter,
    print,
    first: longTests,
    report: `e2e-${browser}`,
    concurrency: 3,
    secondTry: true,
    timeoutSeconds: endToEndLimit,
    env: { HOLDFAST_BROWSER: browser },
  });
}

/** Real projects with the packed tarball: each installs what it needs, so the first run takes longer. */
export async function ecosystemSuite(browser, { filter, print, display }) {
  const folder = 'tests/ecosystem';
  return nodeTest(folder, {
    filter,
    print,
    choose: (files) => {
      const { files: chosen, says } = filesInTurn(folder, files);
      print(dim(says));
      return chosen;
    },
    report: `ecosystem-${browser}`,
    concurrency: 2,
    secondTry: true,
    timeoutSeconds: ecosystemLimit,
    env: { ...display?.env, HOLDFAST_BROWSER: browser },
  });
}

export async function selfTestSuite({ filter, print }) {
  return nodeTest('tests/checks', {
    filter,
    print,
    report: 'checks',
    concurrency: 2,
    timeoutSeconds: selfTestLimit,
  });
}

async function nodeTest(folder, { first, choose, secondTry, ...options }) {
  const isFirst = (file) => Boolean(first) && file.startsWith(`${first}/`);
  const found = listFiles(root, { under: [folder], extensions: ['.mjs'] })
    .filter((file) => file.endsWith('.test.mjs'))
    .sort((a, b) => isFirst(b) - isFirst(a));
  const files = choose ? choose(found) : found;
  if (files.length === 0) return { passed: 0, failed: 1, problems: [`no *.test.mjs file in ${folder}`] };
  const outcome = await run(files, options);
  const again = secondTry ? filesToTryAgain(outcome, files) : [];
  if (again.length === 0) return outcome;
  options.print(dim(`once more, alone: ${again.join(', ')}`));
  const second = await run(again, { ...options, concurrency: 1, report: `${options.report}-again` });
  return second.failed > 0 ? outcome : steadied(outcome);
}

/**
 * The files that get a second try: in continuous integration, where a real browser that stalls once among thousands of
 * tests must not cost the whole run. Few of them, or it is no stall; and what passes then is still shown as it failed.
 */
export function filesToTryAgain({ failed, failures }, files, environment = process.env) {
  const atMost = 2;
  const again = [...new Set(failures.map(({ file }) => file && path.relative(root, file)))];
  const isKnown = failures.length === failed && again.every((file) => files.includes(file));
  return environment.CI && isKnown && again.length <= atMost ? again : [];
}

/** The outcome of a run whose failures all passed the second time. */
function steadied({ passed, failures }) {
  const unsteady = failures.map(({ name }) => name);
  return { passed: passed + unsteady.length, failed: 0, failures: [], problems: [], unsteady };
}

async function run(files, { filter, print, report, env, timeoutSeconds, concurrency }) {
  const reportFile = path.join(scratch, 'reports', `${report}.jsonl`);
  mkdirSync(path.dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const reporter = new URL('./node-test-reporter.mjs', import.meta.url).href;
  const result = await attempt(
    process.execPath,
    [
      '--test',
      `--test-concurrency=${concurrency}`,
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...(filter ? [`--test-name-pattern=${filter}`] : []),
      ...files,
    ],
    {
      cwd: root,
      env: { ...env, HOLDFAST_TEST_REPORT: reportFile, HOLDFAST_TEST_FILTER: filter ? '1' : undefined },
      timeoutSeconds,
      onLine: (line) => print(line.replace(/^ {2}/, '')),
    },
  );
  return countReport(reportFile, { ...result, filtered: Boolean(filter) });
}

/** The outcome from the reporter's file and from how the program ended. */
export function countReport(file, { code, signal, timedOut, filtered = false }) {
  const entries = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  const count = (...kinds) => entries.filter(({ kind }) => kinds.includes(kind)).length;
  const passed = count('pass');
  let failed = count('fail', 'skip', 'empty');
  const problems = [];
  const add = (problem) => {
    failed++;
    problems.push(problem);
  };
  if (count('skip') > 0) problems.push(`${count('skip')} tests are skipped, and no test may be`);
  if (timedOut) add('took too long and was ended');
  else if (count('end') === 0) add(`crashed (${signal ?? `code ${code}`})`);
  else if (code !== 0 && failed === 0) add(`ended with ${signal ?? `code ${code}`} although no test failed`);
  if (passed + failed === 0 && !filtered) add('no test was found');
  return { passed, failed, problems, failures: entries.filter(({ kind }) => kind === 'fail') };
}
