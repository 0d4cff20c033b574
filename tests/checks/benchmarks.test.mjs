/** The benches' statistics, and their report: plain functions, tried without a browser or a library to compare with. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { asText, withoutPlaces } from '../../benches/lib/outcome.mjs';
import { loadMeasures } from '../../benches/lib/measures.mjs';
import { fewWords, openTurns, within } from '../../benches/lib/patience.mjs';
import { interleave, median, quantile, ratioToFloor, spread } from '../../benches/lib/statistics.mjs';
import { longestIn } from '../../benches/measures/start.mjs';
import { filled, machineText, markdownTable, shownOf } from '../../benches/report/page.mjs';
import { drawPlot } from '../../benches/report/svg.mjs';
import { targetRows } from '../../benches/report/targets.mjs';
import { differences } from '../../tools/checks/benchmarks.mjs';
import { root as repository } from '../../tools/lib/paths.mjs';

test('a quantile lies between its two neighbours by its distance, whatever the order', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([10, 9]), 9.5, 'numbers are sorted as numbers');
  assert.equal(quantile([0, 10, 20, 30, 40], 0.95), 38);
  assert.equal(quantile([5], 0.99), 5);
  assert.throws(() => quantile([], 0.5), RangeError);
});

test('samples are not changed by looking at them', () => {
  const samples = [3, 1, 2];
  spread(samples);
  assert.deepEqual(samples, [3, 1, 2]);
});

test('the spread names how many, the ends and the middle', () => {
  const samples = Array.from({ length: 101 }, (_, index) => index);
  assert.deepEqual(spread(samples), {
    n: 101,
    min: 0,
    p25: 25,
    median: 50,
    p75: 75,
    p95: 95,
    p99: 99,
    max: 100,
  });
});

test('a ratio is one of medians, so that one slow sample changes nothing', () => {
  assert.equal(ratioToFloor([2, 2, 900], [1, 1, 700]), 2);
  assert.throws(() => ratioToFloor([1], [0]), RangeError);
});

test('everybody is measured as often, and nobody always goes first', () => {
  assert.deepEqual(interleave(['a', 'b', 'c'], 3), ['a', 'b', 'c', 'c', 'b', 'a', 'a', 'b', 'c']);
  assert.deepEqual(interleave([], 2), []);
});

test('what is kept has its samples on one line, and no digits that mean nothing', () => {
  assert.equal(
    asText({ samples: [1.23456789, 2e-7], names: ['a, b'] }),
    '{\n "samples": [1.23457,2e-7],\n "names": [\n  "a, b"\n ]\n}',
  );
});

test('a table has its numbers to the right, and says where there is none', () => {
  assert.equal(
    markdownTable(
      ['Library', 'Bytes'],
      [
        ['a|b', 1234],
        ['c', null],
      ],
    ),
    '| Library | Bytes |\n| --- | ---: |\n| a\\|b | 1,234 |\n| c | - |',
  );
});

test('words go between the marks, and a page without marks is refused', () => {
  const page = 'a\n<!-- results: x -->\nold\n<!-- /results: x -->\nb';
  assert.equal(filled(page, 'x', 'new'), 'a\n<!-- results: x -->\n\nnew\n\n<!-- /results: x -->\nb');
  assert.throws(() => filled(page, 'y', 'new'), /results: y/);
});

test('a plot draws each bar as long as its value, with its text escaped', () => {
  const svg = drawPlot({
    title: 'T & U',
    unit: 'ms',
    series: [
      { label: '<b>', value: 10, range: [5, 20] },
      {
        label: 'parts',
        parts: [
          { name: 'page', value: 5 },
          { name: 'worker', value: 5 },
        ],
      },
      { label: 'none', text: 'refuses' },
    ],
    line: { value: 10, label: 'target' },
  });
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="16"/g)].map(([, width]) =>
    Number(width),
  );
  assert.equal(widths.length, 3);
  assert.ok(Math.abs(widths[0] - 2 * widths[1]) < 0.2 && widths[1] === widths[2]);
  assert.match(svg, /&lt;b&gt;/);
  assert.match(svg, /T &amp; U/);
  assert.match(svg, /refuses/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});

test('every measure says how it is shown', async () => {
  const measures = await loadMeasures();
  assert.ok(measures.length > 0);
  for (const { name, title, run, table } of measures) {
    assert.equal(typeof title, 'string', name);
    assert.equal(typeof run, 'function', name);
    assert.equal(typeof table, 'function', name);
  }
});

test('the check sees a page or a plot that is not that of the data', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'holdfast-benchmarks-'));
  try {
    writeFileSync(path.join(root, 'same.md'), 'one\ntwo\n');
    writeFileSync(path.join(root, 'other.md'), 'one\ntwo\n');
    const problems = differences(root, {
      'same.md': 'one\ntwo\n',
      'other.md': 'one\n2\n',
      'absent.svg': '<svg/>',
    });
    assert.equal(problems.length, 2);
    assert.match(problems[0], /^other\.md:2: /);
    assert.match(problems[1], /^absent\.svg:1: /);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('what is kept names no place of the machine, and no code of an answer', () => {
  assert.equal(withoutPlaces(`at ${repository}/benches/run.mjs:3`), 'at ./benches/run.mjs:3');
  assert.equal(withoutPlaces(`${tmpdir()}/bench-x/worker.js`), '<tmp>/bench-x/worker.js');
  assert.equal(
    withoutPlaces('http://localhost:1/callback?code=abc&iss=x#id_token=def'),
    'http://localhost:1/callback?code=…&iss=x#id_token=…',
  );
  const kept = asText({ failure: `${'x'.repeat(200)}\n  at somewhere` });
  assert.ok(kept.length < 130 && !kept.includes('somewhere'), kept);
});

test('nobody waits for a page that never answers', async () => {
  await assert.rejects(within(new Promise(() => {}), 5, 'the page'), /the page took longer/);
  assert.equal(await within(Promise.resolve(1), 1000, 'the page'), 1);
  assert.equal(fewWords(new Error('first\nsecond')), 'first');
});

test('a visit that fails is tried once more, and a library that fails always is left alone', async () => {
  let closed = 0;
  const browser = {
    isConnected: () => true,
    newContext: async () => ({ close: async () => closed++ }),
    close() {},
  };
  const turns = await openTurns(async () => browser);
  const failures = [];
  let visits = 0;
  const work = (fails) => async () => {
    visits++;
    if (fails(visits)) throw new Error(`visit ${visits}`);
    return 'done';
  };
  assert.equal(
    await turns.visit(
      failures,
      work((count) => count === 1),
    ),
    'done',
  );
  assert.deepEqual(failures, ['visit 1']);
  for (let round = 0; round < 5; round++)
    assert.equal(
      await turns.visit(
        failures,
        work(() => true),
      ),
      undefined,
    );
  assert.equal(failures.length, 4);
  assert.equal(closed, visits);
});

test('the longest task is one of the page between its first script and its mark', () => {
  const task = (ts, dur, tid = 1) => ({
    name: 'ThreadControllerImpl::RunTask',
    ph: 'X',
    pid: 1,
    tid,
    ts,
    dur,
  });
  const events = [
    task(0, 90_000),
    task(100_000, 5000),
    { name: 'EvaluateScript', ph: 'X', pid: 1, tid: 1, ts: 101_000, dur: 1000 },
    task(110_000, 7000),
    task(110_000, 60_000, 2),
    { name: 'ready', cat: 'blink.user_timing', ph: 'R', pid: 1, tid: 1, ts: 115_000 },
    task(130_000, 80_000),
  ];
  assert.equal(longestIn(events), 7);
  assert.throws(() => longestIn(events.filter(({ name }) => name !== 'ready')), /no mark/);
});

test('a measure that failed, or that can not be shown, says so in its place', () => {
  const measure = { name: 'x', table: ({ rows }) => ({ columns: ['a'], rows }) };
  assert.deepEqual(shownOf(measure, { failure: 'no browser' }), {
    tables: 'Failed: no browser',
    pictures: [],
  });
  assert.match(shownOf(measure, { result: {} }).tables, /^Failed: /);
  assert.match(shownOf(measure, { result: { rows: [['b']] } }).tables, /\| b \|/);
});

test('figures of two runs are not said to be of one', () => {
  const about = (measure, commit) => ({
    measure,
    date: '2026-01-02T03:04:05Z',
    run: { started: commit, commit },
    machine: { cores: 2, processor: 'a', memoryGigabytes: 4, system: 'Linux', load: 0.5 },
    node: '20',
    browsers: { chromium: '1' },
  });
  const one = machineText([about('size', 'abc'), about('start', 'abc')]);
  assert.equal(one.match(/at commit abc/g).length, 1);
  const two = machineText([about('size', 'abc'), about('start', 'def')]);
  assert.match(two, /- size:\n {2}- Measured on 2026-01-02, at commit abc/);
  assert.match(two, /- start:\n {2}- Measured on 2026-01-02, at commit def/);
});

test('a target is met, missed, or not measured', () => {
  const results = {
    size: { rows: [{ peer: 'holdfast-shared', worker: { brotli: 65_436 } }] },
    calls: {
      rows: [
        { peer: 'holdfast-shared', browser: 'firefox', mode: 'bearer', summary: { oneByOne: 9, atOnce: 9 } },
        {
          peer: 'holdfast-shared',
          browser: 'chromium',
          mode: 'bearer',
          summary: { oneByOne: 1.1, atOnce: 1.2 },
        },
      ],
    },
  };
  const rows = targetRows(results).map(([, ...cells]) => cells);
  assert.deepEqual(rows[0], ['50 kB', '65.4 kB', 'no']);
  assert.deepEqual(rows[3], ['at most 1.12', '1.10', 'yes']);
  assert.deepEqual(rows[4], ['at most 1.05', '1.20', 'no']);
  assert.deepEqual(rows[5], ['at most 1.1', null, null]);
});
