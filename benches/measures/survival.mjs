/**
 * Whether somebody is still signed in after a reload, in a new tab, and after a refresh that met a trouble. Signed in means that
 * the API answers a call with 200, without another sign-in.
 */
import { attempt, caseCells, cases, describeCase, gate } from '../lib/rows.mjs';
import { call, isSignedIn, openApp, openTabs, ready, signIn } from '../lib/tabs.mjs';
import { goOffline, loseAnswer, refuseService } from '../lib/trouble.mjs';
import { frameAnswers } from './survival-control.mjs';

export const name = 'survival';
export const title = 'Still signed in';

// How many sign-ins and page loads at the same time; all else is mostly waiting.
const LANES = 3;
const LONG_SECONDS = 3600;
const EARLY_SECONDS = 1;
const CALL_EVERY_MS = 500;

export async function run(context) {
  const { quick, servers, sites, log } = context;
  const { control } = servers;
  const settings = {
    tokenSeconds: quick ? 4 : 6,
    unavailableSeconds: 4,
    offlineSeconds: quick ? 4 : 60,
    graceSeconds: 10,
    patienceSeconds: quick ? 6 : 10,
  };
  control.reset();
  const list = cases(context);
  const opened = [];
  const results = list.map(describeCase);
  const busy = gate(LANES);
  const each = (work) =>
    Promise.all(
      list.map(async (one, index) => {
        const outcome = await attempt(() => work(one, opened[index], index));
        Object.assign(results[index], outcome.error ? { failed: outcome.error } : outcome);
        log(`${name}: ${one.row.name}, ${one.browser}: ${JSON.stringify(outcome)}`);
      }),
    );
  let controls;
  try {
    sites.putFirst(`<script>globalThis.benchSettings = { earlySeconds: ${EARLY_SECONDS} }</script>`);
    controls = await cookieControls(context);
    await each(async ({ row, browser }, _, index) => {
      return busy(async () => {
        opened[index] = await openTabs(browser);
        return afterPageLoads(context, row, opened[index]);
      });
    });
    await each(({ row, browser }) =>
      browser === 'chromium'
        ? busy(() => withCookiesAllowed(context, row))
        : { reload: { words: 'the browser blocks them as it comes' } },
    );
    control.settings.accessTokenSeconds = settings.tokenSeconds;
    const troubles = (wanted) =>
      each(async ({ row }, browser, index) => {
        if (!browser?.tab) throw new Error(results[index].failed);
        const outcome = {};
        for (const [trouble, seconds, begin] of wanted) {
          outcome[trouble] = await attempt(() =>
            afterTrouble({ ...context, busy }, row, browser, settings, seconds, begin),
          );
        }
        return outcome;
      });
    setGrace(control, list, settings.graceSeconds);
    await troubles([
      ['unavailable', settings.unavailableSeconds, refuseService],
      ['offline', settings.offlineSeconds, goOffline],
      ['lostInGrace', 0, loseAnswer],
    ]);
    setGrace(control, list, 0);
    if (!quick) await troubles([['lostWithoutGrace', 0, loseAnswer]]);
  } finally {
    await Promise.all(opened.map((browser) => browser?.close().catch(() => {})));
    setGrace(control, list, 0);
    control.reset();
    sites.putFirst();
  }
  return { settings, controls, results };
}

/** The same hidden frame, where third-party cookies are blocked and where they are not: the two must differ. */
async function cookieControls(context) {
  if (!context.browsers.includes('chromium')) return undefined;
  const blocked = await attempt(() => frameAnswers(context, { thirdPartyCookies: false }));
  const allowed = await attempt(() => frameAnswers(context, { thirdPartyCookies: true }));
  if (blocked !== 'login_required' || allowed !== 'code') {
    throw new Error(
      `the control failed: blocked ${JSON.stringify(blocked)}, allowed ${JSON.stringify(allowed)}`,
    );
  }
  return { hiddenFrame: { blocked, allowed } };
}

function setGrace(control, list, seconds) {
  for (const { row } of list) control.providerOf(row).setRotationGrace(seconds);
}

/** Reload and new tab, where third-party cookies are blocked, as all browsers have it or soon will. */
async function afterPageLoads(context, row, browser) {
  const tab = await browser.newTab();
  Object.assign(browser, { tab });
  await signIn(tab, row);
  await expectGoodStart(context, tab);
  await tab.reload();
  await ready(tab);
  const reloadBlocked = await verdict(context, tab);
  if (!reloadBlocked.signedIn) await signIn(tab, row);
  const another = await browser.newTab();
  await openApp(another, row);
  const newTab = await verdict(context, another);
  await another.close();
  return { reloadBlocked, newTab };
}

async function withCookiesAllowed(context, row) {
  const browser = await openTabs('chromium', { thirdPartyCookies: true });
  try {
    const tab = await browser.newTab();
    await signIn(tab, row);
    await expectGoodStart(context, tab);
    await tab.reload();
    await ready(tab);
    return { reload: await verdict(context, tab) };
  } finally {
    await browser.close().catch(() => {});
  }
}

/** A sign-in, a token that ends, and calls all the while; what a call gets when the trouble is over. */
async function afterTrouble(context, row, browser, settings, seconds, begin) {
  const { control } = context.servers;
  const { tab } = browser;
  await context.busy(() => signIn(tab, row));
  await expectGoodStart(context, tab);
  const since = control.tokenRequests.length;
  const end = await begin(context, row, browser);
  const during = [];
  try {
    // Late enough that no answer of the API owes itself to the first token.
    await until(Date.now() + (settings.tokenSeconds + 0.5) * 1000);
    const over = Date.now() + seconds * 1000;
    do {
      during.push(await call(tab, context.servers.api));
      await until(Date.now() + CALL_EVERY_MS);
    } while (Date.now() < over);
  } finally {
    await end();
  }
  const isOurs = ({ peer, browser: its }) => peer === row.name && its === browser.name;
  const met = control.tokenRequests.slice(since).filter(isOurs);
  // Otherwise a yes would say nothing.
  const isMet =
    begin === goOffline ? !during.includes(200) : met.some(({ status }) => status === 0 || status === 503);
  if (!isMet) throw new Error('the refresh did not meet it');
  const outcome = await verdict(context, tab, settings.patienceSeconds);
  const refusals = control.tokenRequests
    .slice(since)
    .filter((entry) => isOurs(entry) && entry.error && entry.status < 500);
  return {
    ...outcome,
    callsDuring: during,
    requestsDuring: met.map(({ grantType, status }) => `${grantType} ${status}`).slice(0, 20),
    refusedBy: [...new Set(refusals.map(({ error }) => error))],
  };
}

/** Nothing is worth what comes after a sign-in that didn't work. */
async function expectGoodStart({ servers }, tab) {
  const status = await call(tab, servers.api);
  if (status !== 200) throw new Error(`the call after the sign-in: ${status}`);
}

/** Calls until one is answered with 200, or patience is at an end. */
async function verdict({ servers }, tab, patienceSeconds = 0) {
  const deadline = Date.now() + patienceSeconds * 1000;
  let last;
  do {
    last = await call(tab, servers.api);
    if (last === 200) return { signedIn: true };
    await until(Date.now() + CALL_EVERY_MS);
  } while (Date.now() < deadline);
  const says = await isSignedIn(tab).catch(() => false);
  if (patienceSeconds === 0) return { signedIn: false, calls: last, says };
  // The library does nothing more by itself, but the app could ask it to.
  const renewed = await tab
    .run(() => bench.renew?.().then(() => true) ?? null)
    .catch((error) =>
      String(error.message ?? error)
        .split('\n')[0]
        .slice(0, 80),
    );
  const later = renewed === true ? await call(tab, servers.api) : undefined;
  return { signedIn: false, calls: last, says, ...(renewed !== null && { renewed, later }) };
}

const until = (time) => new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));

export function table({ settings, results }) {
  return {
    columns: [
      'library',
      'mode',
      'reload, third-party cookies allowed',
      'reload, third-party cookies blocked',
      'new tab',
      'refresh answered 503',
      'offline',
      'refresh answer lost, server with a grace period',
      'refresh answer lost, without',
    ],
    rows: results.map((result) => [
      ...caseCells(result),
      ...[
        'reload',
        'reloadBlocked',
        'newTab',
        'unavailable',
        'offline',
        'lostInGrace',
        'lostWithoutGrace',
      ].map((key) => words(result[key] ?? (result.failed && { error: result.failed }))),
    ]),
    notes: [
      'Yes: the API answers a call with 200, without another sign-in. What calls got instead is in the data. “Though it says so”: the library still takes the person for signed in.',
      `Access tokens live for ${settings.tokenSeconds} s. The token endpoint answers 503, or nobody answers at all, for ` +
        `${settings.unavailableSeconds} s and ${settings.offlineSeconds} s, beginning before the token ends; calls go on every ${CALL_EVERY_MS / 1000} s, and for ${settings.patienceSeconds} s afterwards.`,
      'holdfast, where offline says no: the session is there. The longer nobody answers, the longer it pauses between its tries, up to a minute. The browser’s `online` event ends the pause, ' +
        'and no automation sends that to a worker; the calls of those ten seconds fail with `network_error`, which says that they can be tried again.',
      `A lost answer: the server has rotated the refresh token, and the connection breaks. With a grace period of ${settings.graceSeconds} s it takes the old one again; ` +
        'without, nothing that a library could do saves the session, and Chromium may even repeat the request by itself.',
      "The control: a frame of the bench's own, with `prompt=none`, gets a code where third-party cookies are allowed and `login_required` where they are blocked.",
    ],
  };
}

function words(cell) {
  if (!cell) return 'not tried';
  if (cell.words ?? cell.error) return cell.words ?? cell.error;
  if (cell.signedIn) return 'yes';
  const refused = cell.refusedBy?.length > 0 ? `; the server said ${cell.refusedBy.join(', ')}` : '';
  if (cell.later === 200) return `only if the app itself asks to renew${refused}`;
  return `no${cell.says ? ', though it says so' : ''}${refused}`;
}
