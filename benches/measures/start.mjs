/**
 * 2. What an app pays before it knows whether somebody is signed in: time of scripts on the main thread, the longest task, and from
 * the navigation to that answer. Nobody is signed in. Cold: nothing in the browser's cache, no worker. Warm: the page was open in
 * this browser a moment ago. Once more with a processor at a quarter of its speed.
 *
 * Everything goes by the browser's protocol: playwright's own helpers would run scripts in the page that count.
 */
import { failureNotes, openTurns } from '../lib/patience.mjs';
import { interleave, spread } from '../lib/statistics.mjs';
import { figure } from '../report/svg.mjs';

export const name = 'start';
export const title = 'Start';

const RATES = [1, 4];
/** What a browser calls a long task, in milliseconds. */
const LONG_TASK = 50;
/** What tells how long each task is. It costs time, so these loads are counted for nothing else. */
const TRACED = [
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'blink.user_timing',
];
const TASK = /RunTask$/;

export async function run({ peers, quick, chromium, log }) {
  const rounds = quick ? 2 : 9;
  const tracedRounds = quick ? 1 : 3;
  const rows = peers.map(({ name: peer, title, version }) => ({
    peer,
    title,
    version,
    samples: [],
    longest: [],
    failures: [],
  }));
  const turns = await openTurns(chromium);
  try {
    // Twice as a warm-up of the browser itself, which nobody counts.
    for (const peer of peers.slice(0, 2)) await turns.visit([], (context) => coldAndWarm(context, peer, 1));
    for (const rate of RATES) {
      log(`  ${rate === 1 ? 'at full speed' : `at 1/${rate} of the speed`}`);
      for (const peer of interleave(peers, rounds)) {
        const { samples, failures } = rows.find((row) => row.peer === peer.name);
        const both = await turns.visit(failures, (context) => coldAndWarm(context, peer, rate));
        for (const sample of both ?? []) samples.push({ rate, ...sample });
      }
      for (const peer of interleave(peers, tracedRounds)) {
        const { longest, failures } = rows.find((row) => row.peer === peer.name);
        const milliseconds = await turns.visit(failures, (context, browser) =>
          longestTask(context, browser, peer, rate),
        );
        if (milliseconds !== undefined) longest.push({ rate, milliseconds });
      }
    }
  } finally {
    await turns.close();
  }
  return { rounds, tracedRounds, rows };
}

/** In a fresh profile. */
async function coldAndWarm(context, peer, rate) {
  return [
    { state: 'cold', ...(await load(context, peer, rate)) },
    { state: 'warm', ...(await load(context, peer, rate)) },
  ];
}

/** Of the main thread, between the arrival of the first script and the answer, cold. In milliseconds by the clock on the wall. */
async function longestTask(context, browser, peer, rate) {
  const page = await context.newPage();
  await browser.startTracing(page, { categories: TRACED });
  let trace;
  try {
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    await session.send('Page.enable');
    await open(session, peer);
    await askBy(session, peer)('bench.ready.then(() => true)');
  } finally {
    trace = await browser.stopTracing();
  }
  return longestIn(JSON.parse(trace).traceEvents);
}

/** `ready` is the mark that the app sets; the first script is known by its evaluation. Microseconds become milliseconds. */
export function longestIn(events) {
  const ready = events.find(({ name: event, cat }) => event === 'ready' && /user_timing/.test(cat));
  if (!ready) throw new Error('the trace has no mark of the app');
  const mine = events.filter(({ pid, tid }) => pid === ready.pid && tid === ready.tid);
  const scripts = mine.filter(({ name: event }) =>
    /^(v8\.compileModule|EvaluateScript|v8\.evaluateModule)$/.test(event),
  );
  const from = Math.min(...scripts.map(({ ts }) => ts));
  const tasks = mine.filter(
    ({ name: event, ph, ts, dur }) => ph === 'X' && TASK.test(event) && ts <= ready.ts && ts + dur >= from,
  );
  if (tasks.length === 0) throw new Error('the trace has no tasks');
  return Math.max(...tasks.map(({ dur }) => dur)) / 1000;
}

async function open(session, peer) {
  const loaded = new Promise((resolve) => session.once('Page.loadEventFired', resolve));
  await session.send('Page.navigate', { url: peer.url });
  await loaded;
}

function askBy(session, peer) {
  return async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`${peer.name}: ${exceptionDetails.exception?.description}`);
    return result.value;
  };
}

async function load(context, peer, rate) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Page.enable');
  // Time of the thread: while others have the processor, nobody's scripts run.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  await open(session, peer);
  const ask = askBy(session, peer);
  const ready = await ask('bench.ready.then(() => bench.readyAt)');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (wanted) => metrics.find(({ name }) => name === wanted).value * 1000;
  const sample = { script: metric('ScriptDuration'), task: metric('TaskDuration'), ready };
  sample.longTasks = await ask(`new Promise((resolve) => {
    const [from] = performance.getEntriesByType('resource').map(({ responseEnd }) => responseEnd);
    const isOurs = ({ startTime }) => startTime >= from && startTime <= bench.readyAt;
    const tell = (entries) => resolve(entries.filter(isOurs).map(({ duration }) => duration));
    const observer = new PerformanceObserver((list) => tell(list.getEntries()));
    observer.observe({ type: 'longtask', buffered: true });
    setTimeout(() => tell(observer.takeRecords()), 50);
  })`);
  await page.close();
  return sample;
}

/** The median, and between what half of the samples lie; null for none. */
function middle(samples) {
  if (samples.length === 0) return null;
  const { p25, median, p75 } = spread(samples);
  return `${figure(median)} (${figure(p25)} to ${figure(p75)})`;
}

const taken = (samples, rate, state, what) =>
  samples.filter((sample) => sample.rate === rate && sample.state === state).map((sample) => sample[what]);

export function table({ rounds, tracedRounds, rows }) {
  const cells = ({ samples, longest = [], failures }, rate) => {
    const mine = samples.filter((sample) => sample.rate === rate);
    if (mine.length === 0) return [`failed: ${failures?.[0] ?? 'no sample'}`];
    const of = (state, what) => middle(taken(samples, rate, state, what));
    const long = mine.filter(({ longTasks }) => longTasks.length > 0);
    const tasks = longest.filter((each) => each.rate === rate).map(({ milliseconds }) => milliseconds);
    return [
      of('cold', 'script'),
      of('warm', 'script'),
      of('cold', 'ready'),
      of('warm', 'ready'),
      middle(tasks),
      long.length === 0
        ? 'none'
        : `in ${long.length} of ${mine.length}, up to ${Math.max(...mine.flatMap(({ longTasks }) => longTasks))}`,
    ];
  };
  const at = (rate, titleOfTable) => ({
    title: titleOfTable,
    columns: [
      'Milliseconds, medians (half of them between)',
      'scripts: cold',
      'scripts: warm',
      'ready: cold',
      'ready: warm',
      'longest task: cold',
      `tasks over ${LONG_TASK} ms`,
    ],
    rows: rows.map((row) => [row.title, ...cells(row, rate)]),
    notes:
      rate === 1
        ? [
            `Scripts: processor time that the main thread spends in JavaScript until the app knows whether somebody is signed in (\`ScriptDuration\`), ${rounds} loads of each, in turns. The row of the bare fetch is what the page costs without any library.`,
            'Ready: from the navigation to that answer. It depends on what else the machine does; scripts do not.',
            `Longest task: of the main thread, between the arrival of the first script and that answer, the browser's own work (layout, paint) included, by the clock on the wall. From ${tracedRounds} loads of their own that are traced, which costs time, too.`,
            `Tasks over ${LONG_TASK} ms: those that the browser reports to the page, in the loads that are not traced.`,
            'Warm: the page was open in the same browser a moment ago. A vault in a SharedWorker then lives still.',
            ...failureNotes(rows),
          ]
        : [],
  });
  return [at(1, 'At full speed'), at(4, 'At a quarter of the speed')];
}

export function plot({ rows }) {
  return {
    title: 'Scripts on the main thread until ready, cold',
    unit: 'ms',
    series: rows.map(({ title: label, samples }) => {
      const scripts = taken(samples, 1, 'cold', 'script');
      if (scripts.length === 0) return { label, text: 'failed' };
      const { median: value, p25, p75 } = spread(scripts);
      return { label, value, range: [p25, p75] };
    }),
    line: { value: 3, label: 'target' },
  };
}
