/**
 * What a call is made of: the processor's time for one call of 1 kB, by thread, as Linux counts it. Time of threads, unlike the clock's,
 * hardly depends on what else the machine does. Chromium.
 */
import { canCount } from '../lib/renderer-memory.mjs';
import { openSignedIn } from '../lib/signed-in.mjs';
import { interleave, median } from '../lib/statistics.mjs';
import { ONLY_LINUX, processRoles, threadTimes } from '../lib/threads.mjs';

export const name = 'threads';
export const title = 'What a call is made of';

const CALLS = 200;
/** Times below it, in microseconds, stand in one row together. */
const SMALL = 10;
const COLUMNS = ['bare fetch', 'holdfast', 'without an escrow'];

export async function run(context) {
  const { quick, log } = context;
  const peer = context.peer('holdfast-shared');
  if (!canCount || !peer || !context.browsers.includes('chromium')) {
    return { why: canCount ? 'no holdfast in Chromium' : ONLY_LINUX };
  }
  const rounds = quick ? 2 : 6;
  const withEscrow = await measure(context, peer, {}, rounds);
  log('with the escrow');
  const without = await measure(context, peer, { escrow: false }, rounds);
  log('without it');
  return { calls: CALLS, rounds, columns: [withEscrow.floor, withEscrow.call, without.call] };
}

/** In microseconds for a call, by place: medians. */
async function measure(context, peer, settings, rounds) {
  const opened = await openSignedIn(context, 'chromium', peer, settings);
  try {
    const url = `${context.servers.api}/json`;
    const some = (way) => opened.run(callSome, { way, url, count: CALLS });
    for (const way of ['floor', 'call', 'floor', 'call']) await some(way);
    const roles = await processRoles(opened);
    const taken = { floor: [], call: [] };
    for (const way of interleave(['floor', 'call'], rounds)) {
      const before = await threadTimes(roles);
      await some(way);
      const after = await threadTimes(roles);
      taken[way].push(difference(before, after));
    }
    return { floor: medians(taken.floor), call: medians(taken.call) };
  } finally {
    await opened.close();
  }
}

/** Runs in the page. */
async function callSome({ way, url, count }) {
  for (let done = 0; done < count; done++) await (await globalThis.bench[way](`${url}?n=${done}`)).json();
}

function difference(before, after) {
  const places = {};
  for (const [thread, { place, nanoseconds }] of after) {
    const more = nanoseconds - (before.get(thread)?.nanoseconds ?? 0);
    places[place] = (places[place] ?? 0) + more / 1000 / CALLS;
  }
  return places;
}

function medians(rounds) {
  const places = new Set(rounds.flatMap(Object.keys));
  return Object.fromEntries(
    [...places].map((place) => [place, median(rounds.map((round) => round[place] ?? 0))]),
  );
}

export function table({ why, calls, rounds, columns }) {
  if (why) return { columns: ['Thread', ...COLUMNS], rows: [], notes: [`Not measured: ${why}.`] };
  const places = [...new Set(columns.flatMap(Object.keys))];
  const timesOf = (place) => columns.map((column) => column[place] ?? 0);
  const isSmall = (place) => timesOf(place).every((time) => time < SMALL);
  const total = (chosen) =>
    columns.map((column) => chosen.reduce((sum, place) => sum + (column[place] ?? 0), 0));
  const row = (label, times) => [label, ...times.map(Math.round)];
  return {
    columns: ['Microseconds of the processor for a call', ...COLUMNS],
    rows: [
      ...places
        .filter((place) => !isSmall(place))
        .sort()
        .map((place) => row(place, timesOf(place))),
      row('all others', total(places.filter(isSmall))),
      row('together', total(places)),
    ],
    notes: [
      `From \`/proc/<process>/task/<thread>/schedstat\`, before and after ${calls} calls one after another; medians of ${rounds} rounds in turns. The API's own process is not counted.`,
      'Threads work side by side where there are cores for it: the sum is no duration.',
    ],
  };
}
