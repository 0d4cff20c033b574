/**
 * The system's Chromium, headless, by playwright-core: it can look into workers, throttle, and trace. Nothing is
 * downloaded.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '../../tests/e2e/support/temporary.mjs';
import { findBrowser } from '../../tools/lib/find.mjs';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
];

/**
 * Opens a browser.
 *
 * @param {object} [options]
 * @param {string[]} [options.args] further arguments
 * @param {object} [options.more] further options of playwright's `launch`
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launch({ args = [], more = {} } = {}) {
  return (await playwright()).launch({
    executablePath: executable(),
    headless: true,
    args: [...ARGS, ...args],
    ...more,
  });
}

/**
 * Opens a browser with a profile of its own, as a person has one.
 *
 * @param {object} [options]
 * @param {boolean} [options.thirdPartyCookies] whether they are allowed; this Chromium blocks them unless its settings say otherwise
 * @param {string[]} [options.args] further arguments
 * @returns {Promise<import('playwright-core').BrowserContext>} its `close()` removes the profile, too
 */
export async function launchProfile({ thirdPartyCookies = false, args = [] } = {}) {
  const profile = await temporaryFolder('bench');
  await mkdir(path.join(profile.path, 'Default'), { recursive: true });
  const preferences = { profile: { cookie_controls_mode: thirdPartyCookies ? 0 : 1 } };
  await writeFile(path.join(profile.path, 'Default/Preferences'), JSON.stringify(preferences));
  const context = await (
    await playwright()
  ).launchPersistentContext(profile.path, {
    executablePath: executable(),
    headless: true,
    args: [...ARGS, ...args],
  });
  const close = context.close.bind(context);
  context.close = async () => {
    await close();
    await profile.remove();
  };
  return context;
}

/** The page's processor is this many times slower from now on; 1 as it is. */
export async function throttle(page, rate) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
}

function executable() {
  const { binary } = findBrowser('chromium');
  if (!binary) throw new Error('Chromium is not installed; `node tools/setup.mjs chromium` does it');
  return binary;
}

/** Not at the top: what this file says can be read where the peers are not installed. */
async function playwright() {
  return (await import('playwright-core')).chromium;
}
