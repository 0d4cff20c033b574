/**
 * One browser for all worlds of a test file, one after the other: to start one costs more than most tests do. Each world
 * has origins of its own, so nothing of the one before is in its storage; cookies know no ports, and are deleted.
 */
import { after } from 'node:test';
import { openBrowser } from './browser.mjs';

let spare;
let isOver = false;
// A file's own last step may come after this one.
after(() => {
  isOver = true;
  return spare?.close();
});

/**
 * Opens a browser as `openBrowser` does, or takes the one that an earlier world has given back.
 *
 * @param {object} [extra] what `openBrowser` takes; then the browser is a new one, and nobody else's
 * @param {string[]} sites a URL of each host whose cookies are to be deleted; nothing may happen there by itself
 */
export async function borrowBrowser(extra, sites) {
  if (extra) return openBrowser(undefined, extra);
  const browser = spare ?? (await openBrowser());
  spare = undefined;
  return { ...browser, close: () => giveBack(browser, sites) };
}

async function giveBack(browser, sites) {
  try {
    if (spare || isOver) throw new Error('nobody will need it');
    await clean(browser.driver, sites);
    spare = browser;
  } catch {
    // Whatever a test has done to it, the next world begins with one that works.
    await browser.close();
  }
}

/** Leaves one new tab, which has no history and no sessionStorage, and no cookie. */
async function clean(driver, sites) {
  await driver.manage().setTimeouts({ script: 30_000, pageLoad: 5_000, implicit: 0 });
  for (const site of sites) {
    await driver.get(site);
    await driver.manage().deleteAllCookies();
  }
  const old = await driver.getAllWindowHandles();
  await driver.switchTo().newWindow('tab');
  const fresh = await driver.getWindowHandle();
  for (const handle of old) {
    await driver.switchTo().window(handle);
    await driver.close();
  }
  await driver.switchTo().window(fresh);
  await driver.manage().setTimeouts({ script: 30_000, pageLoad: 30_000, implicit: 0 });
}
