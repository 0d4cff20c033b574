/** 8. What a session costs in memory while nothing happens: one tab, and fifty tabs of the same app. Chromium. */
import { canCount, ONLY_LINUX, proportional, renderers } from '../lib/renderer-memory.mjs';
import { interleave, median } from '../lib/statistics.mjs';

export const name = 'memory';
export const title = 'Memory of an idle session';

const MANY = 50;
const A_FEW = 5;
/** How many tabs open and sign in at the same time. */
const LOT = 5;
const ROUNDS = 2;
/** Fifty tabs take their time: beside the floor and ours, two that share no session between tabs will do. */
const WITH_MANY = ['auth0', 'oidc-client-ts'];
/** For how long nothing happens before memory is read, in milliseconds. */
const IDLE = 2000;

export async function run(context) {
  const { peers, browsers, quick, log } = context;
  if (!canCount || !browsers.includes('chromium'))
    return { rows: [], why: canCount ? 'no Chromium' : ONLY_LINUX };
  const tabs = quick ? A_FEW : MANY;
  const rows = peers.map(({ name: peer, title: library }) => ({ peer, title: library, one: [] }));
  const add = async (peer, count, keep) => {
    const row = rows.find((each) => each.peer === peer.name);
    try {
      const found = await measure(context, peer, count);
      keep(row, found);
      log(`${peer.name}, ${count}: ${found.renderers} bytes`);
    } catch (error) {
      row.failure = String(error.message).split('\n')[0];
      log(`${peer.name}, ${count}: ${row.failure}`);
    }
  };
  for (const peer of interleave(peers, quick ? 1 : ROUNDS)) {
    await add(peer, 1, (row, found) => row.one.push(found));
  }
  for (const peer of peers.filter(hasMany)) await add(peer, tabs, (row, found) => (row.many = found));
  return { tabs, rows };
}

const hasMany = ({ name: peer, package: its }) =>
  peer === 'floor' || its === 'holdfast' || WITH_MANY.includes(peer);

/** In bytes: `renderers`, all of the browser's processes for pages and workers; `heap`, the first page's JavaScript. */
async function measure(context, peer, tabs) {
  const browser = await context.chromium();
  try {
    const browserContext = await browser.newContext();
    const open = async () => {
      const page = await browserContext.newPage();
      await context.signIn(page, peer);
      return page;
    };
    // The first signs in alone, where the others share its session.
    const first = await open();
    const pages = [first];
    while (pages.length < tabs) {
      const lot = Math.min(LOT, tabs - pages.length);
      pages.push(...(await Promise.all(Array.from({ length: lot }, open))));
    }
    await (
      await first.evaluateHandle(
        (url) => globalThis.bench.call(url).then(() => 0),
        `${context.servers.api}/json`,
      )
    ).dispose();
    for (const page of pages) await page.requestGC();
    await first.waitForTimeout(IDLE);
    const session = await browserContext.newCDPSession(first);
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { renderers: await proportional(await renderers(browser)), heap: usedSize };
  } finally {
    await browser.close();
  }
}

const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

export function table({ rows, tabs = MANY, why }) {
  const floor = rows.find(({ peer }) => peer === 'floor');
  const oneTab = (row) =>
    row?.one.length > 0 ? median(row.one.map(({ renderers }) => renderers)) : undefined;
  // Without the bare page's figure, a library's own is still one.
  const more = (bytes, base) =>
    base === undefined
      ? megabytes(bytes)
      : `${megabytes(bytes)} (${bytes >= base ? '+' : ''}${megabytes(bytes - base)})`;
  return {
    columns: [
      'Library',
      'One tab, MB (beyond the bare page)',
      'JavaScript of the page, MB',
      `${tabs} tabs, MB (beyond bare pages)`,
    ],
    rows: rows.map((row) => {
      const one =
        row.one.length > 0
          ? [more(oneTab(row), oneTab(floor)), megabytes(median(row.one.map(({ heap }) => heap)))]
          : [row.failure, null];
      const many = row.many ? more(row.many.renderers, floor?.many?.renderers) : (row.failure ?? null);
      return [row.title, ...one, many];
    }),
    notes: why
      ? [`Not measured: ${why}.`]
      : [
          'All processes that run pages and workers, each with its share of what they have in common (PSS), after a garbage collection in the pages; workers collect when they like. A worker in a process of its own counts in full.',
          `${tabs} tabs: for the bare page, holdfast and two others, to save time. They open ${LOT} at a time.`,
          'A library that keeps its session in one tab alone signs in anew in each.',
        ],
  };
}

export function plot({ rows, tabs }) {
  const shown = rows.filter(({ many }) => many);
  if (shown.length === 0) return [];
  return {
    title: `${tabs} idle tabs`,
    unit: 'MB of all processes that run pages and workers',
    series: shown.map(({ title: library, many }) => ({
      label: library,
      value: many.renderers / 1024 / 1024,
    })),
  };
}
