/**
 * 9. From the page that the server has sent the browser back to, to the first answer of the API: how long, how many requests, and
 * how many of those to the authorization server had to wait for one another. The latter is measured: with a server that takes
 * its time for each answer, the path is longer by that time for each round trip on it.
 */
import { failureNotes, openTurns } from '../lib/patience.mjs';
import { interleave, median, spread } from '../lib/statistics.mjs';
import { figure } from '../report/svg.mjs';

export const name = 'sign-in';
export const title = 'Sign-in';

/** What each answer of the authorization server takes longer, in milliseconds. */
const DELAY = 300;
const PATIENCE = 30_000;
/** For a whole visit. */
const LONGEST = 75_000;

export async function run({ peers, quick, chromium, servers, sites, log }) {
  const rounds = { 0: quick ? 2 : 5, [DELAY]: quick ? 2 : 3 };
  const signing = peers.filter(({ name: peer }) => peer !== 'floor');
  const rows = signing.map(({ name: peer, title, version }) => ({
    peer,
    title,
    version,
    samples: [],
    failures: [],
  }));
  for (const delay of [0, DELAY]) {
    log(`  with answers that take ${delay} ms longer`);
    const turns = await openTurns(chromium, LONGEST);
    try {
      for (const peer of interleave(signing, rounds[delay])) {
        const { samples, failures } = rows.find((row) => row.peer === peer.name);
        const given = { servers, sites, delay };
        const sample = await turns.visit(failures, (context) => signIn(context, peer, given));
        if (sample) samples.push({ delay, ...sample });
      }
    } finally {
      servers.control.settings.delayMs = 0;
      await turns.close();
    }
  }
  return { rounds, delay: DELAY, rows };
}

async function signIn(context, peer, { servers, sites, delay }) {
  const { control, api } = servers;
  try {
    await context.addInitScript(callAtOnce, `${api}/json`);
    const page = await context.newPage();
    await page.goto(peer.url);
    await page.waitForFunction(() => globalThis.bench?.ready.then(() => true), undefined, {
      timeout: PATIENCE,
    });
    control.settings.delayMs = delay;
    const logs = { site: sites.requests, server: control.serverRequests, api: control.apiRequests };
    for (const list of Object.values(logs)) list.length = 0;
    // Deferred: the answer to the debugger must be out before the page goes.
    await page.evaluate(() => {
      const fail = (error) => (globalThis.firstAnswer = { status: String(error) });
      setTimeout(() => bench.signIn().catch(fail), 10);
    });
    await page.waitForFunction(() => globalThis.firstAnswer, undefined, { timeout: PATIENCE });
    const { status, milliseconds } = await page.evaluate(() => globalThis.firstAnswer);
    if (status !== 200) throw new Error(`${peer.name}: the first call was answered by ${status}`);
    const { at } = logs.site.find((request) => request.peer === peer.name && request.path === '/callback');
    const since = (list) => list.filter((request) => request.at >= at);
    const places = (list) => since(list).map(({ method, path }) => `${method} ${path}`);
    return {
      milliseconds,
      site: since(logs.site).length,
      server: places(logs.server),
      api: places(logs.api),
    };
  } finally {
    control.settings.delayMs = 0;
  }
}

/** In each page, before its own scripts: in the one with the server's answer, calls the API as soon as the app is ready. */
function callAtOnce(url) {
  if (location.pathname !== '/callback') return;
  let app;
  Object.defineProperty(globalThis, 'bench', {
    get: () => app,
    set(value) {
      app = value;
      value.ready
        .then(() => value.call(url))
        .then(async (response) => {
          await response.text?.();
          const [{ requestStart }] = performance.getEntriesByType('navigation');
          globalThis.firstAnswer = {
            status: response.status,
            milliseconds: performance.now() - requestStart,
          };
        })
        .catch((error) => (globalThis.firstAnswer = { status: String(error) }));
    },
  });
}

export function table({ rounds, delay, rows }) {
  return {
    columns: [
      'From the callback to the first answer',
      'ms',
      '(half of them between)',
      'requests to the site',
      'to the server',
      'to the API',
      'round trips to the server, one after another',
    ],
    rows: rows.map(({ title, samples, failures }) => {
      if (!samples.some((sample) => sample.delay === 0))
        return [title, `failed: ${failures?.[0] ?? 'no sample'}`];
      const at = (wanted) => samples.filter((sample) => sample.delay === wanted);
      const times = (wanted) => at(wanted).map(({ milliseconds }) => milliseconds);
      // By the fastest of each: whatever else the machine does only adds.
      const longer = Math.min(...times(delay)) - Math.min(...times(0));
      const { p25, median: middle, p75 } = spread(times(0));
      const count = (what) => median(at(0).map((sample) => sample[what].length ?? sample[what]));
      return [
        title,
        middle,
        `${figure(p25)} to ${figure(p75)}`,
        count('site'),
        count('server'),
        count('api'),
        times(delay).length > 0 ? Math.round((longer / delay) * 10) / 10 : null,
      ];
    }),
    notes: [
      `Medians of ${rounds[0]} sign-ins each, and ${rounds[delay]} with the slower server, in turns, each in a fresh profile. Round trips: how much longer the fastest sign-in takes with a server that takes ${delay} ms longer for each answer, divided by that. A part of one was overlapped by something else.`,
      'To the API: the question of the browser whether it may send an `Authorization` header (CORS), which all of them cause, is not counted.',
      ...failureNotes(rows),
    ],
  };
}
