/** The demo with its servers and a browser, and what a person does on its page. */
import { By } from 'selenium-webdriver';
import { startDemo } from '../../server/demo.mjs';
import { openBrowser } from './browser.mjs';
import { initAssets, packageFolder } from './package.mjs';
import { freePort } from './program.mjs';
import { temporaryFolder } from './temporary.mjs';
import { waitFor, waitForElement } from './wait.mjs';

/** @param {object} [options] further options of startDemo */
export async function openDemo(options = {}) {
  const closers = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const assets = await temporaryFolder();
    closers.push(() => assets.remove());
    await initAssets(assets.path);
    const demo = await startDemo({
      sitePort: await freePort(),
      issuerPort: 0,
      apiPort: 0,
      packageDirectory: packageFolder,
      assetsDirectory: assets.path,
      ...options,
    });
    closers.push(() => demo.close());
    const browser = await openBrowser();
    closers.push(() => browser.close());
    return { demo, browser, close, ...pageOf(demo, browser.driver) };
  } catch (error) {
    await close();
    throw error;
  }
}

export const part = (testId) => By.css(`[data-testid="${testId}"]`);

function pageOf(demo, driver) {
  const textOf = async (testId) => (await driver.findElement(part(testId))).getText();
  const session = () => driver.executeScript('return document.body?.dataset.session');
  const untilSession = (state) =>
    waitFor(async () => (await session()) === state, `the session to be ${state}`);

  async function open(path) {
    await driver.get(demo.origin + path);
    await waitFor(async () => /^signed-/.test(await session()), 'the demo to be ready');
  }

  return {
    textOf,
    session,
    untilSession,
    open,
    /** Waits until a part of the page says so, and answers what it says. */
    until: (testId, pattern, options) =>
      waitFor(
        async () => pattern.test(await textOf(testId)) && textOf(testId),
        `${testId} to say ${pattern}`,
        options,
      ),
    untilAt: (path) =>
      waitFor(async () => (await driver.getCurrentUrl()) === demo.origin + path, `to be at ${path}`),
    async click(testId) {
      // Looked for anew each time: the page may be loading.
      const shown = async () => {
        const button = await driver.findElement(part(testId));
        return (await button.isDisplayed()) && button;
      };
      await (await waitFor(shown, `${testId} to be shown`)).click();
    },
    async signInAtTheServer(name) {
      const field = await waitForElement(driver, By.name('login'), "the server's form");
      await field.clear();
      await field.sendKeys(name);
      await driver.findElement(By.css('button[value="sign-in"]')).click();
      await untilSession('signed-in');
    },
  };
}
