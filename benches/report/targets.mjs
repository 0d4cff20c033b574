/** What was aimed at, and what was reached: from the published results. */
import { median } from '../lib/statistics.mjs';
import { figure } from './svg.mjs';

/** Each target: what it is about, the aim and its limit, and what was reached by the results of measures, by their names. */
const targets = [
  {
    about: 'worker and escrow, brotli',
    aim: '50 kB',
    limit: 50_000,
    reached: ({ size }) => ours(size.rows).worker.brotli,
    shown: (bytes) => `${(bytes / 1000).toFixed(1)} kB`,
  },
  {
    about: 'scripts on the main thread until ready, cold',
    aim: 'at most 3 ms',
    limit: 3,
    reached: ({ start }) => median(loads(start, 1, 'cold').map(({ script }) => script)),
    shown: (time) => `${figure(time)} ms`,
  },
  {
    about: 'long tasks at a quarter of the speed',
    aim: 'none',
    limit: 0,
    reached: ({ start }) => slow(start).filter(({ longTasks }) => longTasks.length > 0).length,
    shown: (count, { start }) => (count === 0 ? 'none' : `in ${count} of ${slow(start).length} loads`),
  },
  {
    about: 'a call of 1 kB, one after another, times the floor',
    aim: 'at most 1.12',
    limit: 1.12,
    reached: ({ calls }) => call(calls).oneByOne,
  },
  {
    about: 'a hundred of them at once, times the floor',
    aim: 'at most 1.05',
    limit: 1.05,
    reached: ({ calls }) => call(calls).atOnce,
  },
  {
    about: '50 MB down, times the floor',
    aim: 'at most 1.1',
    limit: 1.1,
    reached: ({ bodies }) => call(bodies).down,
  },
  {
    about: '50 MB up, times the floor',
    aim: 'at most 1.1',
    limit: 1.1,
    reached: ({ bodies }) => call(bodies).up,
  },
  {
    about: 'token requests, 100 calls in each of 5 tabs at expiry',
    aim: '1',
    limit: 1,
    reached: ({ requests }) =>
      Math.max(...ours(requests.results).storms.map(({ tokenRequests }) => tokenRequests)),
    shown: String,
  },
  {
    about: 'token requests, idle for three lifetimes',
    aim: '0',
    limit: 0,
    reached: ({ requests }) => ours(requests.results).quiet.idle,
    shown: String,
  },
  {
    about: 'token requests, for a reload',
    aim: '0',
    limit: 0,
    reached: ({ requests }) => ours(requests.results).quiet.perReload.tokenRequests,
    shown: String,
  },
  {
    about: 'token requests, for a sign-in',
    aim: '1',
    limit: 1,
    reached: ({ requests }) => ours(requests.results).quiet.perSignIn.tokenRequests,
    shown: String,
  },
];

/**
 * @param {Record<string, object>} results of the measures that were published
 * @returns {(string | null)[][]} rows: what about, aim, reached, whether it was met; what has no result is `null`
 */
export function targetRows(results) {
  return targets.map(({ about, aim, limit, reached, shown = (ratio) => ratio.toFixed(2) }) => {
    const value = valueOf(() => reached(results));
    return [
      about,
      aim,
      ...(value === undefined ? [null, null] : [shown(value, results), value <= limit ? 'yes' : 'no']),
    ];
  });
}

/** A measure that failed, or of which there is no result yet, has none of these. */
function valueOf(read) {
  try {
    const value = read();
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** In a SharedWorker, in Chromium, with bearer tokens. */
const isOurs = ({ peer, name, browser = 'chromium', mode = 'bearer' }) =>
  (peer ?? name) === 'holdfast-shared' && browser === 'chromium' && mode === 'bearer';
const ours = (rows) => rows.find(isOurs);
const call = ({ rows }) => ours(rows).summary;
const slow = (start) => [...loads(start, 4, 'cold'), ...loads(start, 4, 'warm')];
const loads = ({ rows }, rate, state) =>
  ours(rows).samples.filter((sample) => sample.rate === rate && sample.state === state);
