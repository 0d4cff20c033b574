/**
 * What script can take that was injected into the page and runs before the library. It listens, on everything that a page has:
 * storage, requests, messages and their ports, workers' ends, broadcast channels, the language's own functions. Then it asks the
 * library's own API. What it has seen is searched for the secrets that the server has handed out or received.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findLeaks } from '../../tests/e2e/support/leaks.mjs';
import { recordSecrets } from '../../tests/e2e/support/secrets.mjs';
import { waitFor } from '../../tests/e2e/support/wait.mjs';
import { attempt, caseCells, cases, describeCase, severalAtOnce } from '../lib/rows.mjs';
import { browserOf } from '../lib/servers.mjs';
import { call, openTabs, ready, signIn } from '../lib/tabs.mjs';
import { hooksSee } from './theft-control.mjs';

export const name = 'theft';
export const title = 'What injected script can take';

const LANES = 3;
const EARLY_SECONDS = 1;
const KINDS = ['refresh token', 'access token', 'ID token', 'code verifier'];
const API = "the library's own API";
const FUNCTIONS = 'functions of the language';
const PROBE = ['probe.js', 'probe-storage.js', 'probe-network.js'];

/** Where the probe saw something, in fewer words. The first that fits. */
const places = [
  [/BroadcastChannel|broadcast channel/i, 'BroadcastChannel'],
  [/localStorage/, 'localStorage'],
  [/sessionStorage/, 'sessionStorage'],
  [/IndexedDB|IDB/, 'IndexedDB'],
  [/^Storage|Cache|caches|cookie/i, 'storage'],
  [/message|port|worker|MessageChannel/i, 'messages'],
  [/^new (Request|Headers)|fetch|XMLHttp|Request|Response|Headers|sendBeacon/, 'requests'],
  [/location|history|navigation|resources|referrer/, 'URL'],
  [/./, FUNCTIONS],
];

export async function run(context) {
  const { servers, sites, log } = context;
  const { control } = servers;
  const list = cases(context);
  const settings = { tokenSeconds: 5, earlySeconds: EARLY_SECONDS };
  const results = list.map(describeCase);
  let controls;
  try {
    control.reset();
    sites.putFirst(await injectedScripts());
    controls = await hooksSee(context);
    control.settings.accessTokenSeconds = settings.tokenSeconds;
    await severalAtOnce(list, LANES, async (one, index) => {
      Object.assign(results[index], await attempt(() => steal(context, one, settings)));
      log(`${name}: ${JSON.stringify(results[index])}`);
    });
  } finally {
    sites.putFirst();
    control.reset();
  }
  return { settings, controls, results };
}

async function injectedScripts() {
  const here = (file) => fileURLToPath(new URL(`../../tests/e2e/support/${file}`, import.meta.url));
  const texts = await Promise.all(PROBE.map((file) => readFile(here(file), 'utf8')));
  const settings = `globalThis.benchSettings = { earlySeconds: ${EARLY_SECONDS} };`;
  return [...texts, settings].map((text) => `<script>${text}</script>`).join('\n');
}

/** A sign-in, calls, a refresh, a reload; then what was seen of it. */
async function steal({ servers }, { row, browser: browserName }, { tokenSeconds }) {
  const records = [];
  const browser = await openTabs(browserName);
  // Several are at it at the same time: to find nothing must say something of this one's own secrets.
  const secrets = recordSecrets(
    servers.issuerOf(row),
    ({ headers }) => headers.origin === row.origin && browserOf(headers['user-agent']) === browserName,
  );
  try {
    const tab = await browser.newTab();
    const take = async () => records.push(...(await tab.run(() => __probe.take())));
    await signIn(tab, row);
    await take();
    const calls = [await call(tab, servers.api)];
    if (calls[0] !== 200) throw new Error(`the call after the sign-in: ${calls[0]}`);
    await take();
    await new Promise((resolve) => setTimeout(resolve, (tokenSeconds + 0.5) * 1000));
    await waitFor(async () => (calls[1] = await call(tab, servers.api)) === 200, 'a call with a new token', {
      timeoutMs: 5000,
      everyMs: 300,
    }).catch(() => {});
    await take();
    const fromApi = await tab.run(() =>
      Promise.resolve(bench.tokens?.()).then(
        (tokens) => JSON.stringify(tokens) ?? '',
        () => '',
      ),
    );
    // What it answers is seen by the hooks on their way here as well: no record of this moment counts as theirs.
    await tab.run(() => void __probe.take());
    await tab.reload();
    await ready(tab);
    await tab.run(() => __probe.dump('at the end').then(() => true));
    await take();
    const own = secrets.all;
    const searched = Object.fromEntries(
      KINDS.map((kind) => [kind, [...own.values()].filter((its) => its === kind).length]),
    );
    // To find nothing says something only of what was there.
    for (const kind of KINDS) if (searched[kind] === 0) throw new Error(`no ${kind} went over the network`);
    const leaks = [
      ...findLeaks(records, own),
      ...findLeaks([{ where: API, text: fromApi }], own).map((leak) => ({ ...leak, where: API })),
    ];
    const taken = {};
    for (const kind of KINDS) {
      const where = leaks.filter((leak) => leak.kind === kind).map((leak) => leak.where);
      taken[kind] = { places: [...new Set(where.map(placeOf))], where: [...new Set(where)].slice(0, 25) };
    }
    return { calls, records: records.length, searched, taken };
  } finally {
    secrets.stop();
    await browser.close().catch(() => {});
  }
}

const placeOf = (where) => (where === API ? API : places.find(([pattern]) => pattern.test(where))[1]);

export function table({ results }) {
  return {
    columns: ['library', 'mode', ...KINDS],
    rows: results.map((result) => [
      ...caseCells(result),
      ...(result.error
        ? [result.error, '', '', '']
        : KINDS.map((kind) => {
            const found = result.taken[kind].places;
            // Wrapped functions such as JSON.parse are told of only where nothing simpler gives it away.
            const simpler = found.filter((place) => place !== FUNCTIONS);
            const told = simpler.length > 0 ? simpler : found;
            return told.length > 0 ? `yes: ${told.join(', ')}` : 'no';
          })),
    ]),
    notes: [
      'The script only listens, from before the library is loaded until after a reload, then asks the library’s own API. Sign-in, calls, a refresh and a reload lie in between.',
      "A script that does more can start a sign-in of its own, or put a worker of its own in the place of the library’s for the next sign-in; the policy `worker-src 'self'` is against the latter.",
      'The control: on a page without a library, the same hooks have to see a token in localStorage, in a request, in a message and on a broadcast channel, and not to see what was never there.',
      ...results
        .filter(({ calls }) => calls && calls[1] !== 200)
        .map(
          ({ title: library, settings, calls }) =>
            `${library} (${settings}): after the first token’s end the API did not answer a call with 200 (${calls[1]}), so its row is about the first token alone.`,
        ),
    ],
  };
}
