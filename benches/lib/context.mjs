/** What every measure gets: servers, apps, browsers, and the few steps that all of them take. */
import { openBrowser } from '../../tests/e2e/support/browser.mjs';
import { launch, launchProfile, throttle } from './chromium.mjs';
import { STEP, within } from './patience.mjs';
import { peers as known, variants } from './peers.mjs';
import { startServers } from './servers.mjs';
import { startSites, withOrigins } from './sites.mjs';

const PATIENCE = 20_000;

/**
 * @param {object} [options]
 * @param {string[]} [options.names] of the peers; all that can run by default
 * @param {string[]} [options.browsers]
 * @param {boolean} [options.quick]
 * @param {(text: string) => void} [options.log]
 * @param {object} [options.servers] further options of startServers
 */
export async function createContext({
  names,
  browsers = ['chromium'],
  quick = false,
  log = console.log,
  servers: serverOptions = {},
} = {}) {
  const wanted = known.filter(({ name, sizeOnly }) => !sizeOnly && (!names || names.includes(name)));
  const more = variants.filter(({ variantOf }) => wanted.some(({ name }) => name === variantOf));
  const placed = await withOrigins([...wanted, ...more]);
  const servers = await startServers({ peers: placed, ...serverOptions });
  const sites = await startSites({ peers: placed, servers });
  const built = placed.filter(({ name }) => !(name in sites.leftOut));
  const peers = built.filter(({ variantOf }) => !variantOf);
  return {
    servers,
    sites,
    peers,
    /** Other modes of them. */
    variants: built.filter(({ variantOf }) => variantOf),
    /** Why libraries are not among them, by their names. */
    leftOut: sites.leftOut,
    /** All libraries, also those whose apps don't run here. */
    known: known.filter(({ name }) => !names || names.includes(name)),
    peer: (name) => peers.find((peer) => peer.name === name),
    browsers,
    quick,
    log,
    chromium: launch,
    chromiumProfile: launchProfile,
    throttle,
    /** One of the three browsers by WebDriver: { name, driver, close() }. */
    webdriver: openBrowser,
    openApp,
    signIn,
    async close() {
      await sites.close();
      await servers.close();
    },
  };
}

/** A page of the browser (context) with the app, ready. */
export async function openApp(browserContext, peer) {
  const page = await browserContext.newPage();
  await page.goto(peer.url);
  await ready(page);
  return page;
}

/** Signs in where nobody is; afterwards the app is ready, and somebody is signed in. */
export async function signIn(page, peer) {
  if (!page.url().startsWith(peer.url)) await page.goto(peer.url);
  await ready(page);
  if (
    await within(
      page.evaluate(() => bench.signedIn()),
      STEP,
      '`signedIn`',
    )
  )
    return;
  // Deferred: the answer to the debugger must be out before the page goes.
  await page.evaluate(() => {
    globalThis.isLeaving = true;
    setTimeout(() => bench.signIn().catch((error) => (globalThis.signInError = String(error))), 10);
  });
  await inPage(page, async () => {
    if (globalThis.signInError) return { error: globalThis.signInError };
    if (!globalThis.bench || globalThis.isLeaving) return null;
    await bench.ready;
    return (await bench.signedIn()) ? {} : null;
  });
}

async function ready(page) {
  await inPage(page, async () => {
    if (!globalThis.bench) return null;
    await bench.ready;
    return {};
  });
}

/** Asks the page again and again until it answers; on its way from one document to the next a page can't. */
async function inPage(page, question) {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const answer = await within(page.evaluate(question), STEP, 'the page').catch((error) => {
      if (!/context was destroyed|navigat/i.test(error.message)) throw error;
    });
    if (answer?.error) throw new Error(answer.error);
    if (answer) return;
    if (performance.now() > deadline)
      throw new Error(`${new URL(page.url()).pathname}: the app was not ready in time`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
