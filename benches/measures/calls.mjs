/**
 * 3. What a call of about 1 kB JSON costs beside a bare `fetch` with a fixed header in the same page: one after another, a
 * hundred at once, and how long the main thread is busy for each.
 */
import { openSignedIn } from '../lib/signed-in.mjs';
import { interleave, median, quantile, ratioToFloor, spread } from '../lib/statistics.mjs';

export const name = 'calls';
export const title = '`auth.fetch` of 1 kB of JSON';

const WAYS = ['floor', 'call'];
const IN_ROW = 10;
const AT_ONCE = 100;
/** For the main thread's time, which is read before and after. */
const COUNTED = 100;
const ROUNDS = 40;
const HUNDREDS = 20;

export async function run(context) {
  const { peers, browsers, quick, log } = context;
  const passes = quick ? 1 : 2;
  const rows = [];
  const add = async (browser, peer, mode, settings) => {
    const known = rows.find((row) => row.browser === browser && row.peer === peer.name && row.mode === mode);
    const row = known ?? { browser, peer: peer.name, title: peer.title, mode, samples: [] };
    if (!known) rows.push(row);
    try {
      row.samples.push(await measure(context, browser, peer, settings));
      const { oneByOne, atOnce } = ratios(row);
      log(`${browser} ${peer.name} ${mode}: ${oneByOne.toFixed(2)}, ${atOnce.toFixed(2)}`);
    } catch (error) {
      row.failure = String(error.message).split('\n')[0];
      row.failed = (row.failed ?? 0) + 1;
      log(`${browser} ${peer.name} ${mode}: ${row.failure}`);
    }
  };
  const ours = peers.filter((peer) => peer.package === 'holdfast');
  // What changes on the machine meanwhile shall not touch one of them alone.
  for (const peer of browsers.includes('chromium') ? interleave(peers, passes) : []) {
    await add('chromium', peer, 'bearer', {});
    if (peer.package === 'holdfast') await add('chromium', peer, 'dpop', { dpop: 'required' });
  }
  for (const browser of browsers.filter((each) => each !== 'chromium')) {
    for (const peer of ours) await add(browser, peer, 'bearer');
  }
  const barePage = rows.find(({ peer }) => peer === 'floor');
  return {
    inRow: IN_ROW,
    atOnce: AT_ONCE,
    rows: rows.map((row) => ({ ...row, summary: summary(row, barePage) })),
  };
}

async function measure(context, browserName, peer, settings) {
  const opened = await openSignedIn(context, browserName, peer, settings);
  try {
    const url = `${context.servers.api}/json`;
    const turns = interleave(WAYS, context.quick ? 10 : ROUNDS);
    const hundreds = interleave(WAYS, context.quick ? 6 : HUNDREDS);
    const times = await opened.run(callInTurns, { turns, hundreds, url, inRow: IN_ROW, atOnce: AT_ONCE });
    const mainThread = opened.devtools && (await busyTimes(opened, url, context.quick ? 2 : 6));
    // Of each hundred, not all of its calls: the raw data shall stay readable.
    const within = mapWays((way) => times.within[way].map(percentiles));
    return { ...times, within, ...(mainThread && { mainThread }) };
  } finally {
    await opened.close();
  }
}

/**
 * Runs in the page. In milliseconds: each call, the mean of each row, the whole of each hundred, and each call within it. No two
 * calls at once have the same URL: of those, Chromium's cache lets only one at a time get its head.
 */
async function callInTurns({ turns, hundreds, url, inRow, atOnce }) {
  const { bench, performance } = globalThis;
  const result = { each: {}, rows: {}, hundreds: {}, within: {} };
  for (const way of new Set(turns)) for (const kind in result) result[kind][way] = [];
  const one = async (way, count) => {
    const started = performance.now();
    const response = await bench[way](`${url}?n=${count}`);
    await response.json();
    if (response.status !== 200) throw new Error(`${way} was answered ${response.status}`);
    return performance.now() - started;
  };
  const row = async (way) => {
    const started = performance.now();
    const times = [];
    for (let count = 0; count < inRow; count++) times.push(await one(way, count));
    result.each[way].push(...times);
    result.rows[way].push((performance.now() - started) / inRow);
  };
  const hundred = async (way) => {
    const started = performance.now();
    const times = await Promise.all(Array.from({ length: atOnce }, (_, count) => one(way, count)));
    result.hundreds[way].push(performance.now() - started);
    result.within[way].push(times);
  };
  for (const way of turns.slice(0, 8)) for (const run of [row, row, row, hundred]) await run(way);
  for (const kind in result) for (const way in result[kind]) result[kind][way] = [];
  for (const way of turns) await row(way);
  for (const way of hundreds) await hundred(way);
  return result;
}

/** By the processor's clock, in microseconds for each call: everything that the page's main thread does. */
async function busyTimes({ devtools, run }, url, rounds) {
  await devtools('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await devtools('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration').value * 1e6;
  };
  const times = Object.fromEntries(WAYS.map((way) => [way, []]));
  for (const way of interleave(WAYS, rounds)) {
    const before = await busy();
    await run(callSome, { way, url, count: COUNTED });
    times[way].push(((await busy()) - before) / COUNTED);
  }
  return times;
}

/** Runs in the page. */
async function callSome({ way, url, count }) {
  for (let done = 0; done < count; done++) await (await globalThis.bench[way](`${url}?n=${done}`)).json();
}

const all = (row, kind, way) => row.samples.flatMap((sample) => sample[kind]?.[way] ?? []);

function ratios(row) {
  const ratio = (kind) => ratioToFloor(all(row, kind, 'call'), all(row, kind, 'floor'));
  return { oneByOne: ratio('rows'), atOnce: ratio('hundreds') };
}

/** `barePage`: the row of a page without a library, if there is one. */
function summary(row, barePage) {
  if (row.samples.length === 0) return null;
  const [each, hundreds, within, mainThread] = ['each', 'hundreds', 'within', 'mainThread'].map((kind) =>
    mapWays((way) => all(row, kind, way)),
  );
  const bare = row.browser === 'chromium' && barePage ? all(barePage, 'rows', 'floor') : [];
  return {
    ...ratios(row),
    ...(bare.length > 0 && { toBarePage: ratioToFloor(all(row, 'rows', 'call'), bare) }),
    // Of those that were taken side by side, how many times the floor: how sure the ratio is.
    spread: spread(all(row, 'rows', 'call').map((time, index) => time / all(row, 'rows', 'floor')[index])),
    each: mapWays((way) => percentiles(each[way])),
    hundred: mapWays((way) => median(hundreds[way])),
    // Of each hundred its own, and the median of those.
    within: mapWays((way) => [0, 1, 2].map((which) => median(within[way].map((each) => each[which])))),
    ...(mainThread.call.length > 0 && { mainThread: mapWays((way) => median(mainThread[way])) }),
  };
}

const mapWays = (work) => Object.fromEntries(WAYS.map((way) => [way, work(way)]));

const percentiles = (times) => [0.5, 0.95, 0.99].map((share) => quantile(times, share));

const two = (number) => number.toFixed(2);
const milliseconds = (numbers) => numbers.map((number) => number.toFixed(1)).join(' / ');

export function table({ rows, inRow, atOnce }) {
  const columns = [
    'Library',
    'One after another, times the floor',
    '(half of them between)',
    `${atOnce} at once, times the floor`,
    'p50 / p95 / p99, ms',
    'the floor’s',
    `${atOnce} at once, p50 / p95 / p99, ms`,
    'the floor’s',
    'Main thread for a call, µs',
    'the floor’s',
    'One after another, times the bare page’s floor',
  ];
  const further = 3; // The last columns are Chromium's.
  const cells = (row) => {
    const { summary: found, failure } = row;
    const label = labelOf(row);
    if (!found) return [label, failure ?? 'not measured'];
    const { oneByOne, atOnce: hundred, spread: each, mainThread } = found;
    return [
      label,
      two(oneByOne),
      `${two(each.p25)} to ${two(each.p75)}`,
      two(hundred),
      milliseconds(found.each.call),
      milliseconds(found.each.floor),
      milliseconds(found.within.call),
      milliseconds(found.within.floor),
      mainThread ? Math.round(mainThread.call) : null,
      mainThread ? Math.round(mainThread.floor) : null,
      found.toBarePage ? two(found.toBarePage) : null,
    ];
  };
  const names = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
  const browsers = [...new Set(rows.map(({ browser }) => browser))];
  return browsers.map((browser) => ({
    title: names[browser],
    columns: browser === 'chromium' ? columns : columns.slice(0, -further),
    rows: rows
      .filter((row) => row.browser === browser)
      .map((row) => (browser === 'chromium' ? cells(row) : cells(row).slice(0, columns.length - further))),
    notes: [
      ...(browser === browsers[0]
        ? [
            `Rows of ${inRow} calls, and hundreds, in turns with a bare \`fetch\` with a fixed header in the same page; the ratio is that of the medians.`,
            'The first row is the bare `fetch` beside itself: what the ratios are worth.',
            'A page’s clock in Chromium counts in tenths of a millisecond: p50, p95 and p99 are no better than that, the ratios are.',
            'With DPoP the API checks each proof, which the floor’s calls do not have.',
            `Within ${atOnce} at once each call is timed from when all begin, so p99 is almost the whole; the figures are those of the median hundred. No two of them have the same URL.`,
            'A library’s service worker also stands before the bare `fetch` of its page, as that of @axa-fr/oidc-client does, and makes it slower. The last column compares with the `fetch` of the page without a library, measured in turns with the others.',
          ]
        : []),
      ...rows
        .filter((row) => row.browser === browser && row.summary && row.failure)
        .map(
          (row) =>
            `${labelOf(row)}: ${row.failed} of ${row.failed + row.samples.length} passes failed: ${row.failure}.`,
        ),
    ],
  }));
}

export function plot({ rows }) {
  const inChromium = rows.filter(({ browser, summary: found }) => browser === 'chromium' && found);
  const labelled = inChromium.map((row) => ({ ...row, label: labelOf(row) }));
  return [
    {
      title: 'A call of 1 kB, one after another',
      unit: 'times a bare fetch in the same page; half of the rows lie in the range',
      series: labelled.map(({ label, summary: { oneByOne, spread: each } }) => ({
        label,
        value: oneByOne,
        range: [each.p25, each.p75],
      })),
      line: { value: 1.12, label: 'target 1.12' },
    },
    {
      title: 'A hundred calls of 1 kB at once',
      unit: 'times as many bare fetches in the same page',
      series: labelled.map(({ label, summary: { atOnce } }) => ({ label, value: atOnce })),
      line: { value: 1.05, label: 'target 1.05' },
    },
  ];
}

function labelOf({ title: library, mode }) {
  return mode === 'dpop' ? `${library}, DPoP` : library;
}
