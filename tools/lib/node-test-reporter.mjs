/**
 * Reporter for `node --test`: one line per test for a person, and one JSON line per test in the file named by
 * HOLDFAST_TEST_REPORT, for the count. The file is written test by test, so that a crash loses nothing.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { dim, duration, green, red } from './console.mjs';

/** Node 20 reports what a name pattern left out as skipped, with this reason. */
const leftOut = 'test name does not match pattern';

/**
 * Turns events of one run into verdicts. Only leaves count: a parent fails because its child does, and that is one
 * failure. Children are reported before their parent, so a parent is one that has seen a deeper result. Whole files are
 * reported one after the other, also where they run side by side; an event's `file` is where its test is written, which
 * for tests that several files share is none of them.
 */
export class Verdicts {
  #names = []; // of the tests that are open, by depth
  #file; // where the outermost of them is written
  #children = []; // number of results, by depth

  start({ nesting, name, file }) {
    if (nesting === 0) this.#file = file;
    this.#names.length = nesting;
    this.#names[nesting] = name;
  }

  /** Returns { kind: 'pass' | 'fail' | 'skip', name, seconds, file, error? }, or null for what is no test of its own. */
  result(passed, { file = '', nesting, name, skip, todo, details = {} }) {
    const children = this.#children;
    const isParent = (children[nesting + 1] ?? 0) > 0;
    children.length = nesting + 1;
    children[nesting] = (children[nesting] ?? 0) + 1;
    const error = details.error;
    if (skip === leftOut) return null;
    if (error?.failureType === 'subtestsFailed') return null;
    const verdict = (kind, more) => ({
      kind,
      name: [...this.#names.slice(0, nesting), name].join(' › '),
      seconds: (details.duration_ms ?? 0) / 1000,
      file: this.#file,
      ...more,
    });
    if (passed && path.resolve(name) === file && nesting === 0) {
      return verdict('empty', { name: path.basename(file) });
    }
    if (passed && (isParent || details.type === 'suite')) return null;
    if (!passed) return verdict('fail', { error });
    return skip !== undefined || todo !== undefined ? verdict('skip') : verdict('pass');
  }
}

export default async function* report(source) {
  const file = process.env.HOLDFAST_TEST_REPORT;
  const record = (entry) => file && appendFileSync(file, JSON.stringify(entry) + '\n');
  const filtered = process.env.HOLDFAST_TEST_FILTER === '1';
  const verdicts = new Verdicts();
  for await (const { type, data } of source) {
    if (type === 'test:start') verdicts.start(data);
    if (type === 'test:stdout' || type === 'test:stderr') {
      for (const line of data.message.split('\n').filter(Boolean)) yield dim(`    | ${line}`) + '\n';
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const verdict = verdicts.result(type === 'test:pass', data);
    if (!verdict || (verdict.kind === 'empty' && filtered)) continue;
    record({ kind: verdict.kind, name: verdict.name, file: verdict.file });
    yield describe(verdict);
  }
  record({ kind: 'end' });
}

function describe({ kind, name, seconds, error }) {
  const time = dim(`(${duration(seconds)})`);
  if (kind === 'pass') return `  ${green('ok')} ${name} ${time}\n`;
  if (kind === 'skip') return `  ${red('not ok')} ${name}: skipped, and no test may be\n`;
  if (kind === 'empty') return `  ${red('not ok')} ${name}: has no test\n`;
  const cause = error?.cause instanceof Error || typeof error?.cause === 'string' ? error.cause : error;
  const text = typeof cause === 'string' ? cause : (cause?.stack ?? inspect(cause));
  const extra =
    cause?.code === 'ERR_ASSERTION' ? '' : cause?.cause ? `\ncaused by ${inspect(cause.cause)}` : '';
  return `  ${red('not ok')} ${name} ${time}\n${(text + extra).replace(/^/gm, '      ')}\n`;
}
