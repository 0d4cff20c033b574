/**
 * The suites that `node --test` runs: the end-to-end tests in each browser, and the checks' tests of themselves.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from './files.mjs';
import { root, scratch } from './paths.mjs';
import { attempt } from './process.mjs';

const endToEndLimit = 20 * 60;
const selfTestLimit = 5 * 60;

export async function endToEndSuite(browser, { filter, print, display }) {
  return nodeTest('tests/e2e', {
    filter,
    print,
    report: `e2e-${browser}`,
    timeoutSeconds: endToEndLimit,
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

/** Browser tests go one file after the other: they share ports, and two browsers starve each other on two cores. */
async function nodeTest(folder, { filter, print, report, env, timeoutSeconds, concurrency = 1 }) {
  const files = listFiles(root, { under: [folder], extensions: ['.mjs'] }).filter((f) =>
    f.endsWith('.test.mjs'),
  );
  if (files.length === 0) return { passed: 0, failed: 1, problems: [`no *.test.mjs file in ${folder}`] };
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
  return { passed, failed, problems };
}
