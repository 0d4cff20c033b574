/** 4. Fifty megabytes down and up, beside a bare `fetch` in the same page: time, first byte, peak memory. */
import { canCount, ONLY_LINUX, watchPeak } from '../lib/renderer-memory.mjs';
import { attempt } from '../lib/rows.mjs';
import { openSignedIn } from '../lib/signed-in.mjs';
import { interleave, median, ratioToFloor, spread } from '../lib/statistics.mjs';

export const name = 'bodies';
export const title = '50 MB down and up';

const WAYS = ['floor', 'call'];
const MEGABYTE = 1024 * 1024;
const BYTES = 50 * MEGABYTE;
/** For how long new rounds begin, in milliseconds, and how many there are at least. */
const LONGEST = 15_000;
const FEWEST = 2;
const DEEDS = { down: download, pieces: readInPieces, up: upload };

export async function run(context) {
  const { peers, browsers, log } = context;
  const rows = [];
  for (const browser of browsers) {
    const isOurs = (peer) => peer.package === 'holdfast';
    for (const peer of browser === 'chromium' ? peers : peers.filter(isOurs)) {
      const row = { browser, peer: peer.name, title: peer.title };
      rows.push(row);
      try {
        Object.assign(row, await measure(context, browser, peer));
        row.summary = summary(row);
        log(`${browser} ${peer.name}: down ${row.summary.down.toFixed(2)}, up ${row.summary.up.toFixed(2)}`);
      } catch (error) {
        row.failure = String(error.message).split('\n')[0];
        log(`${browser} ${peer.name}: ${row.failure}`);
      }
    }
  }
  return { bytes: BYTES, canCount, rows };
}

async function measure(context, browserName, peer) {
  const opened = await openSignedIn(context, browserName, peer);
  try {
    const { api } = context.servers;
    const given = { down: `${api}/large?bytes=${BYTES}`, up: `${api}/sink`, bytes: BYTES };
    const times = Object.fromEntries(Object.keys(DEEDS).map((deed) => [deed, { floor: [], call: [] }]));
    const firstBytes = { floor: [], call: [] };
    for (const way of WAYS)
      for (const deed of Object.values(DEEDS)) await opened.run(deed, { ...given, way });
    const started = performance.now();
    for (const [index, way] of interleave(WAYS, context.quick ? 2 : 6).entries()) {
      const round = index / WAYS.length;
      if (Number.isInteger(round) && round >= FEWEST && performance.now() - started > LONGEST) break;
      for (const [deed, pageFunction] of Object.entries(DEEDS)) {
        const { total, first } = await opened.run(pageFunction, { ...given, way });
        times[deed][way].push(total);
        if (deed === 'pieces') firstBytes[way].push(first);
      }
    }
    // The system may not let one count; the times are good all the same.
    const counted = opened.processes && canCount ? await attempt(() => peaksOf(opened, given)) : undefined;
    const peaks = counted?.error ? { peaksFailure: counted.error } : counted && { peaks: counted };
    return { times, firstBytes, ...peaks };
  } finally {
    await opened.close();
  }
}

/** By how much the renderers of page and worker grow while a body passes that nobody keeps, in bytes. */
async function peaksOf({ processes, run }, given) {
  const renderers = processes()
    .filter(({ command }) => command.includes('--type=renderer'))
    .map(({ pid }) => pid);
  const peaks = { floor: [], call: [] };
  for (const way of interleave(WAYS, 2)) {
    const peak = await watchPeak(renderers);
    await run(readInPieces, { ...given, way });
    peaks[way].push(await peak());
  }
  return peaks;
}

/** Runs in the page, as do the next two: all at once, as `arrayBuffer()` has it. Times in milliseconds. */
async function download({ way, down, bytes }) {
  const started = performance.now();
  const body = await (await globalThis.bench[way](down)).arrayBuffer();
  if (body.byteLength !== bytes) throw new Error(`${body.byteLength} bytes came`);
  return { total: performance.now() - started };
}

async function readInPieces({ way, down, bytes }) {
  const started = performance.now();
  const reader = (await globalThis.bench[way](down)).body.getReader();
  let first;
  let total = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    first ??= performance.now() - started;
    total += part.value.byteLength;
  }
  if (total !== bytes) throw new Error(`${total} bytes came`);
  return { total: performance.now() - started, first };
}

async function upload({ way, up, bytes }) {
  const body = new Uint8Array(bytes).fill(7);
  const started = performance.now();
  const answer = await (await globalThis.bench[way](up, { method: 'POST', body })).json();
  if (answer.bytes !== bytes) throw new Error(`${answer.bytes} bytes came`);
  return { total: performance.now() - started };
}

function summary({ times, firstBytes, peaks }) {
  const ratio = ({ call, floor }) => ratioToFloor(call, floor);
  const paired = ({ call, floor }) => spread(call.map((time, index) => time / floor[index]));
  return {
    down: ratio(times.down),
    downSpread: paired(times.down),
    pieces: ratio(times.pieces),
    up: ratio(times.up),
    upSpread: paired(times.up),
    milliseconds: { down: median(times.down.call), up: median(times.up.call) },
    firstByte: { call: median(firstBytes.call), floor: median(firstBytes.floor) },
    ...(peaks && { peak: { call: median(peaks.call), floor: median(peaks.floor) } }),
  };
}

const two = (number) => number.toFixed(2);
const megabytes = (bytes) => Math.max(0, Math.round(bytes / MEGABYTE));

export function table({ rows, canCount: hasPeaks }) {
  const names = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
  return {
    columns: [
      'Browser',
      'Library',
      'Down, times the floor',
      '(range)',
      'Read in pieces',
      'Up',
      '(range)',
      'First byte, ms',
      'the floor’s',
      'Peak memory, MB',
      'the floor’s',
    ],
    rows: rows.map(({ browser, title: library, summary: found, failure, peaksFailure }) =>
      found
        ? [
            names[browser],
            library,
            two(found.down),
            `${two(found.downSpread.min)} to ${two(found.downSpread.max)}`,
            two(found.pieces),
            two(found.up),
            `${two(found.upSpread.min)} to ${two(found.upSpread.max)}`,
            found.firstByte.call.toFixed(1),
            found.firstByte.floor.toFixed(1),
            found.peak ? megabytes(found.peak.call) : (peaksFailure ?? null),
            found.peak ? megabytes(found.peak.floor) : null,
          ]
        : [names[browser], library, failure],
    ),
    notes: [
      'Each in turns with a bare `fetch` in the same page; the ratio is that of the medians, the range that of the pairs.',
      `Six rounds, or fewer where they take more than ${LONGEST / 1000} s, but never fewer than ${FEWEST}.`,
      'Peak memory is by how much the processes of page and worker grow while 50 MB pass that are read in pieces and not kept.',
      ...(hasPeaks ? [] : [`No peak memory: ${ONLY_LINUX}.`]),
    ],
  };
}

export function plot({ rows }) {
  const shown = rows.filter(({ browser, summary: found }) => browser === 'chromium' && found);
  return {
    title: '50 MB down',
    unit: 'times a bare fetch in the same page',
    series: shown.map(({ title: library, summary: { down, downSpread } }) => ({
      label: library,
      value: down,
      range: [downSpread.p25, downSpread.p75],
    })),
    line: { value: 1.1, label: 'target 1.1' },
  };
}
