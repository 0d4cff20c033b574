/**
 * How many token requests a library makes: when a hundred calls in each of five tabs find the token over, while nobody does
 * anything, for a reload, for a sign-in. The server's log counts them.
 */
import { waitFor } from '../../tests/e2e/support/wait.mjs';
import { attempt, caseCells, cases, describeCase, severalAtOnce } from '../lib/rows.mjs';
import { call, isSignedIn, openApp, openTabs, ready, signIn } from '../lib/tabs.mjs';

export const name = 'requests';
export const title = 'Token requests';

const TABS = 5;
const CALLS = 100;
const RELOADS = 3;
const LIFETIMES = 3;
const LONG_SECONDS = 3600;
const TOKEN_DELAY_MS = 100;
// How many browsers do something at the same time.
const LANES = 3;
// How many sleep at the same time. More would sleep so long that a browser takes its service workers for dead.
const SLEEPERS = 4;
// After which no more answers are waited for. Some libraries wait five seconds for a lock.
const SILENCE_MS = 6000;
// auth0-spa-js renews a minute before the end, and takes no other number.
const AUTH0_EARLY_SECONDS = 60;

/** Hours become seconds; what a library renews early becomes a fifth of the lifetime. */
const scaled = (seconds) => ({ seconds, earlySeconds: seconds / 5 });

export async function run(context) {
  const { quick, log, sites, servers } = context;
  const list = cases(context, ({ name: row }) => !row.endsWith('-frame'));
  const results = list.map(describeCase);
  const tell = (result, outcome) =>
    log(`${name}: ${result.name}, ${result.browser}: ${JSON.stringify(outcome)}`);
  const storm = { ...scaled(quick ? 8 : 10), rounds: quick ? 1 : 2 };
  const idle = scaled(quick ? 5 : 10);
  try {
    sites.putFirst(settingsScript(storm));
    for (let round = 0; round < storm.rounds; round++) {
      // Nobody always goes first.
      // In the other browsers once will do: there is nobody to compare with.
      const isDue = ({ browser }) => round === 0 || browser === 'chromium';
      const order = list.flatMap((one, index) => (isDue(one) ? [index] : []));
      if (round % 2) order.reverse();
      for (let at = 0; at < order.length; at += SLEEPERS) {
        const batch = order.slice(at, at + SLEEPERS);
        const outcomes = await storms(
          context,
          batch.map((index) => list[index]),
          storm,
        );
        for (const [position, index] of batch.entries()) {
          (results[index].storms ??= []).push(outcomes[position]);
          tell(results[index], outcomes[position]);
        }
      }
    }
    sites.putFirst(settingsScript(idle));
    for (const [index, outcome] of (await quietTimes(context, list, idle)).entries()) {
      Object.assign(results[index], { quiet: outcome });
      tell(results[index], outcome);
    }
  } finally {
    sites.putFirst();
    servers.control.reset();
  }
  return {
    settings: { tabs: TABS, calls: CALLS, reloads: RELOADS, lifetimes: LIFETIMES, storm, idle },
    results,
  };
}

const settingsScript = ({ earlySeconds }) =>
  `<script>globalThis.benchSettings = { earlySeconds: ${earlySeconds} }</script>`;

/** Each case in a browser of its own. The next ones sign in while the first ones sleep. */
async function storms(context, batch, { seconds }) {
  const { control } = context.servers;
  const sleepers = [];
  for (const { row, browser } of batch) {
    const extra = row.package === '@auth0/auth0-spa-js' ? AUTH0_EARLY_SECONDS : 0;
    control.reset();
    control.settings.accessTokenSeconds = seconds + extra;
    sleepers.push(await attempt(() => fallAsleep(context, row, browser)));
  }
  const outcomes = [];
  for (const sleeper of sleepers) {
    if (sleeper.error) {
      outcomes.push(sleeper);
      continue;
    }
    const remaining = sleeper.since + (seconds + 1) * 1000 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, remaining));
    control.reset();
    Object.assign(control.settings, { accessTokenSeconds: LONG_SECONDS, tokenDelayMs: TOKEN_DELAY_MS });
    // The API takes none of the old tokens, whatever is left of auth0-spa-js's minute.
    control.refuseTokens();
    outcomes.push(await attempt(() => wakeUp(context, sleeper)));
  }
  return outcomes;
}

async function fallAsleep({ servers }, row, browserName) {
  const browser = await openTabs(browserName);
  try {
    const tabs = [];
    for (let count = 0; count < TABS; count++) {
      const tab = await browser.newTab();
      tabs.push(tab);
      await openApp(tab, row);
      if (!(await isSignedIn(tab))) await signIn(tab, row);
    }
    for (const tab of tabs) await tab.run(callOnWaking, `${servers.api}/json`, CALLS);
    browser.sleep();
    return { row, browser, tabs, since: Date.now() };
  } catch (error) {
    await browser.close().catch(() => {});
    throw error;
  }
}

/** In the page: an app that makes its calls the moment it runs again. */
function callOnWaking(url, calls) {
  window.outcomes = [];
  const word = (error) =>
    error?.response?.status ?? error?.code ?? error?.error ?? String(error?.message ?? error).slice(0, 60);
  let last = Date.now();
  const timer = setInterval(() => {
    const hasSlept = Date.now() - last > 4000;
    last = Date.now();
    if (!hasSlept) return;
    clearInterval(timer);
    for (let count = 0; count < calls; count++) {
      bench.call(url).then(
        ({ status }) => outcomes.push(status),
        (error) => outcomes.push(word(error)),
      );
    }
  }, 50);
}

async function wakeUp({ servers }, { row, browser, tabs }) {
  const { control, api } = servers;
  try {
    browser.wake();
    const outcomes = await outcomesOf(tabs);
    const requests = control.tokenRequests.filter(({ peer }) => peer === row.name);
    const refused = requests.filter(({ status }) => status >= 400);
    // Whoever has lost its session shows it at the next call.
    let tabsAlive = 0;
    const tokenRequests = requests.length;
    for (const tab of tabs) if ((await call(tab, api)) === 200) tabsAlive += 1;
    return {
      tokenRequests,
      refused: tally(refused.map(({ error }) => error)),
      answered: outcomes.filter((outcome) => outcome === 200).length,
      failed: tally(outcomes.filter((outcome) => outcome !== 200)),
      unanswered: TABS * CALLS - outcomes.length,
      tabsAlive,
    };
  } finally {
    await browser.close().catch(() => {});
  }
}

/** Some calls may never be answered: where none is for a while, what there is counts. */
async function outcomesOf(tabs) {
  const all = [];
  let quietSince = Date.now();
  for (const tab of tabs) {
    let known = 0;
    const isOver = async () => {
      const count = await tab.run(() => outcomes.length);
      if (count > known) quietSince = Date.now();
      known = count;
      return count === CALLS || Date.now() - quietSince > SILENCE_MS;
    };
    await waitFor(isOver, 'all calls', { timeoutMs: 60_000, everyMs: 100 }).catch(() => {});
    all.push(...(await tab.run(() => outcomes)));
  }
  return all;
}

/** Sign-in, reloads, and then all of them wait at the same time: it takes as long for one as for all. */
async function quietTimes(context, list, { seconds }) {
  const { control } = context.servers;
  control.reset();
  const opened = await severalAtOnce(list, LANES, (one) => attempt(() => beginQuietly(context, one)));
  control.settings.accessTokenSeconds = seconds;
  const idle = LIFETIMES * seconds * 1000;
  const waits = await severalAtOnce(opened, LANES, async (one) => {
    if (one.error) return { outcome: one };
    const signedIn = await attempt(() => signIn(one.tab, one.row));
    // In an object: only the sign-ins wait for each other.
    return { outcome: attempt(() => sitIdle(context, one, signedIn, idle)) };
  });
  return Promise.all(waits.map(({ outcome }) => outcome));
}

async function beginQuietly({ servers }, { row, browser: browserName }) {
  const browser = await openTabs(browserName);
  try {
    const mine = ({ peer, browser: its }) => peer === row.name && its === browserName;
    const count = (list) => list.filter(mine).length;
    const { tokenRequests, serverRequests } = servers.control;
    const tab = await browser.newTab();
    await signIn(tab, row);
    const perSignIn = { tokenRequests: count(tokenRequests), serverRequests: count(serverRequests) };
    let signedInAfter = 0;
    for (let times = 0; times < RELOADS; times++) {
      await tab.reload();
      await ready(tab);
      if (await isSignedIn(tab)) signedInAfter += 1;
    }
    const perReload = {
      tokenRequests: (count(tokenRequests) - perSignIn.tokenRequests) / RELOADS,
      serverRequests: (count(serverRequests) - perSignIn.serverRequests) / RELOADS,
      signedInAfter,
    };
    return { row, browser, tab, mine, perSignIn, perReload };
  } catch (error) {
    await browser.close().catch(() => {});
    throw error;
  }
}

async function sitIdle({ servers }, { browser, tab, mine, perSignIn, perReload }, signedIn, milliseconds) {
  const { control, api } = servers;
  try {
    if (signedIn?.error) throw new Error(signedIn.error);
    const since = Date.now();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const idle = control.tokenRequests.filter((entry) => mine(entry) && entry.at >= since);
    return { perSignIn, perReload, idle: idle.length, callAfterwards: await call(tab, api) };
  } finally {
    await browser.close().catch(() => {});
  }
}

function tally(outcomes) {
  const counts = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

export function table({ settings, results }) {
  const calls = `${settings.calls} calls in each of ${settings.tabs} tabs, token over`;
  return {
    columns: [
      'library',
      'mode',
      calls,
      'calls answered',
      'tabs still signed in',
      `idle for ${settings.lifetimes} lifetimes`,
      'per reload',
      'per sign-in',
    ],
    rows: results.map((result) => [...caseCells(result), ...stormCells(result), ...quietCells(result)]),
    notes: [
      `Token requests, counted by the server, which rotates and ends a session whose old refresh token comes again. A token lives for ${settings.storm.seconds} s ` +
        `(${settings.idle.seconds} s while idle), and is renewed early by a fifth of that where the library lets one choose.`,
      "For the calls, the pages' processes are stopped until the token is over, as in a laptop that sleeps, and go on all at once; a renewal takes the server a tenth of a second. " +
        `From ${settings.storm.rounds} rounds in Chromium, one elsewhere: least and most. In a library that shares no session between tabs, each tab has signed in, and renews, by itself.`,
      'oidc-client-ts leaves to the app what a call does that finds the token over. Here the app then asks for `signinSilent()`, once for all calls in the tab, beside the library’s own timer.',
      'A reload that signs out costs no token request either: what is left after one is in the next table.',
    ],
  };
}

function stormCells({ storms: rounds }) {
  const good = rounds.filter(({ error }) => !error);
  if (good.length === 0) return [rounds[0].error, '', ''];
  const bad = rounds.filter(({ error }) => error);
  const failed = bad.length > 0 ? `; ${bad.length} of ${rounds.length} rounds failed: ${bad[0].error}` : '';
  const range = (values) => [...new Set([Math.min(...values), Math.max(...values)])].join(' to ');
  const refused = good.flatMap((round) => Object.keys(round.refused));
  const suffix = refused.length > 0 ? `; refused: ${[...new Set(refused)].join(', ')}` : '';
  return [
    range(good.map(({ tokenRequests }) => tokenRequests)) + suffix + failed,
    `${range(good.map(({ answered }) => answered))} of ${TABS * CALLS}`,
    `${range(good.map(({ tabsAlive }) => tabsAlive))} of ${TABS}`,
  ];
}

function quietCells({ quiet }) {
  if (quiet.error) return [quiet.error, '', ''];
  const { idle, callAfterwards, perReload, perSignIn } = quiet;
  // Who is signed out asks for nothing either.
  const idleOut = callAfterwards === 200 ? '' : ' (signed out)';
  const out = perReload.signedInAfter === RELOADS ? '' : ' (signed out)';
  return [`${idle}${idleOut}`, `${perReload.tokenRequests}${out}`, String(perSignIn.tokenRequests)];
}
