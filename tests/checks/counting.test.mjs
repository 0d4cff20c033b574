/** Nothing that fails may count as passed: how `npm test` reads its runners' output. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { CargoOutput } from '../../tools/lib/cargo-output.mjs';
import { Verdicts } from '../../tools/lib/node-test-reporter.mjs';
import { countReport, filesToTryAgain } from '../../tools/lib/suites-node.mjs';
import { tree } from './support.mjs';

const running = '     Running tests/flow.rs (target/debug/deps/flow-0123456789abcdef)';
const result = (passed, failed, ignored = 0) =>
  `test result: ${failed ? 'FAILED' : 'ok'}. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; 0 filtered out; finished in 0.00s`;

/** What cargo's lines and its end come to. */
function cargo(lines, ending = { code: 0 }) {
  const output = new CargoOutput();
  lines.forEach((line) => output.line(line));
  return output.finish(ending);
}

test('cargo: results of several programs and of doc tests add up', () => {
  const lines = [running, result(3, 0), '   Doc-tests holdfast', result(2, 0)];
  assert.deepEqual(cargo(lines), { passed: 5, failed: 0, problems: [] });
});

test('cargo: the summary of wasm-bindgen-test-runner counts, its banner is no program', () => {
  const lines = [
    '     Running tests/wasm_a.rs (target/wasm32-unknown-unknown/debug/deps/wasm_a-0123456789abcdef.wasm)',
    'Running headless tests in Chrome on `http://127.0.0.1:1/`',
    'test result: ok. 2 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.01s',
    '     Running tests/wasm_b.rs (target/wasm32-unknown-unknown/debug/deps/wasm_b-0123456789abcdef.wasm)',
    'no tests to run!',
  ];
  assert.deepEqual(cargo(lines), { passed: 2, failed: 0, problems: [] });
});

test('cargo: colours do not hide a result', () => {
  assert.equal(cargo([running, `\u001b[32m${result(1, 0)}\u001b[0m`]).passed, 1);
});

test('cargo: a failure is one', () => {
  assert.deepEqual(cargo([running, result(3, 2)], { code: 101 }), { passed: 3, failed: 2, problems: [] });
});

test('cargo: a program that gives no result has crashed, also next to ordinary failures', () => {
  const { failed, problems } = cargo([running, result(3, 1), running], { code: 101 });
  assert.equal(failed, 2);
  assert.match(problems.join(), /1 of 2 test programs gave no result/);
});

test('cargo: an error before any test is a failure', () => {
  assert.equal(cargo(['error: could not compile'], { code: 101 }).failed, 1);
  assert.equal(cargo([running, result(3, 0)], { code: 101 }).failed, 1);
  assert.equal(cargo([running, result(3, 0)], { code: null, signal: 'SIGKILL' }).failed, 1);
});

test('cargo: running out of time is a failure', () => {
  assert.equal(cargo([running, result(3, 0)], { code: null, signal: 'SIGTERM', timedOut: true }).failed, 1);
});

test('cargo: ignored tests and no tests are failures, unless a filter left them out', () => {
  assert.equal(cargo([running, result(3, 0, 2)]).failed, 2);
  assert.equal(cargo([running, result(0, 0)]).failed, 1);
  assert.equal(cargo([running, result(0, 0)], { code: 0, filtered: true }).failed, 0);
});

test('cargo: routine is not shown, the rest is', () => {
  const output = new CargoOutput();
  for (const line of [
    'running 2 tests',
    'test a ... ok',
    '   Finished `test` profile',
    '',
    'no tests to run!',
  ]) {
    assert.equal(output.line(line), null);
  }
  for (const line of ['test a ... FAILED', 'thread panicked at src/lib.rs:1', 'warning: unused']) {
    assert.equal(output.line(line), line);
  }
});

const report = (...kinds) =>
  path.join(tree({ 'r.jsonl': kinds.map((kind) => JSON.stringify({ kind })).join('\n') }), 'r.jsonl');

test('node: passed, failed, skipped and empty are told apart', () => {
  assert.deepEqual(countReport(report('pass', 'pass', 'end'), { code: 0 }), {
    passed: 2,
    failed: 0,
    problems: [],
    failures: [],
  });
  const { passed, failed } = countReport(report('pass', 'fail', 'skip', 'empty', 'end'), { code: 1 });
  assert.deepEqual([passed, failed], [1, 3]);
});

test('node: a crash, running out of time, a bad exit code and no test are failures', () => {
  assert.match(
    countReport(report('pass'), { code: null, signal: 'SIGSEGV' }).problems.join(),
    /crashed \(SIGSEGV\)/,
  );
  assert.equal(countReport(report('pass', 'end'), { code: 0, timedOut: true }).failed, 1);
  assert.equal(countReport(report('pass', 'end'), { code: 7 }).failed, 1);
  assert.equal(countReport(report('end'), { code: 0 }).failed, 1);
  assert.equal(countReport(report('end'), { code: 0, filtered: true }).failed, 0);
  assert.equal(countReport('does-not-exist.jsonl', { code: 1 }).failed, 1);
});

test('node: a second try is for few failures of known files, in continuous integration alone', () => {
  const files = ['tests/e2e/a.test.mjs', 'tests/e2e/b.test.mjs', 'tests/e2e/c.test.mjs'];
  const outcome = (...names) => ({
    failed: names.length,
    failures: names.map((name) => ({ name, file: name && path.resolve(`tests/e2e/${name}.test.mjs`) })),
  });
  const again = (given, environment = { CI: 'true' }) => filesToTryAgain(given, files, environment);
  assert.deepEqual(again(outcome('a', 'b', 'a')), files.slice(0, 2));
  assert.deepEqual(again(outcome()), []);
  assert.deepEqual(again(outcome('a'), {}), []);
  assert.deepEqual(again(outcome('a', 'b', 'c')), []);
  assert.deepEqual(again(outcome('a', undefined)), []);
  assert.deepEqual(again(outcome('a', 'unknown')), []);
  // A crash, a skipped test or one that ran out of time is no failure of a file's.
  assert.deepEqual(again({ ...outcome('a'), failed: 2 }), []);
});

const file = path.resolve('tests/a.test.mjs');
const leaf = (name, more) => ({ file, nesting: 1, name, details: { duration_ms: 1 }, ...more });

test('node: a parent is not counted next to its children, unless it fails by itself', () => {
  const verdicts = new Verdicts();
  const parent = { file, nesting: 0, name: 'parent' };
  verdicts.start(parent);
  assert.equal(verdicts.result(true, leaf('child')).name, 'parent › child');
  assert.equal(
    verdicts.result(false, leaf('bad', { details: { error: { failureType: 'testCodeFailure' } } })).kind,
    'fail',
  );
  assert.equal(
    verdicts.result(false, { ...parent, details: { error: { failureType: 'subtestsFailed' } } }),
    null,
  );
  verdicts.start(parent);
  verdicts.result(true, leaf('child'));
  assert.equal(verdicts.result(true, { ...parent, details: { type: 'suite' } }), null);
  verdicts.start(parent);
  verdicts.result(true, leaf('child'));
  assert.equal(
    verdicts.result(false, { ...parent, details: { error: { failureType: 'hookFailed' } } }).kind,
    'fail',
  );
});

test('node: tests that are written in another file belong to the parent all the same', () => {
  const verdicts = new Verdicts();
  const parent = { file, nesting: 0, name: 'parent' };
  verdicts.start(parent);
  const child = leaf('child', { file: path.resolve('tests/support/shared.mjs') });
  verdicts.start(child);
  assert.equal(verdicts.result(true, child).name, 'parent › child');
  assert.equal(verdicts.result(true, parent), null);
});

test('node: skipped and unwritten tests are named, tests that a filter left out are not', () => {
  const verdicts = new Verdicts();
  assert.equal(verdicts.result(true, leaf('a', { skip: true })).kind, 'skip');
  assert.equal(verdicts.result(true, leaf('a', { todo: 'later' })).kind, 'skip');
  assert.equal(verdicts.result(true, leaf('a', { skip: 'test name does not match pattern' })), null);
});

test('node: a file without a test is named', () => {
  assert.equal(new Verdicts().result(true, { file, nesting: 0, name: file, details: {} }).kind, 'empty');
});
