/**
 * A page in which somebody is signed in, in any of the three browsers, for measures of calls: `run(pageFunction, argument)`
 * calls a self-contained function there and answers what it answers.
 *
 * By WebDriver, in Chromium too: playwright has the browser report each request of a page and of a dedicated worker, not those of a
 * shared worker, which makes the former slower than they are.
 */
import { Command } from 'selenium-webdriver/lib/command.js';
import { waitFor } from '../../tests/e2e/support/wait.mjs';
import { newProcesses } from './processes.mjs';

const PATIENCE = 20_000;
const LONGEST = 300_000;
const DEVTOOLS = 'devtools';

/**
 * Opens a browser of its own.
 *
 * @param {object} context
 * @param {string} browserName
 * @param {object} peer
 * @param {object} [appSettings] of the app (apps/bench.mjs); in Chromium alone
 * @returns {Promise<{
 *   run: (pageFunction: Function, argument?: unknown) => Promise<any>,
 *   devtools?: (command: string, parameters?: object) => Promise<any>,
 *   processes?: () => { pid: number, command: string }[],
 *   close(): Promise<void>,
 * }>} `devtools` and `processes` in Chromium alone: its protocol, and its processes, those of its driver included
 */
export async function openSignedIn(context, browserName, peer, appSettings = {}) {
  // Firefox's clock would tell whole milliseconds.
  const prefs = { 'privacy.reduceTimerPrecision': false };
  const open = () => context.webdriver(browserName, browserName === 'firefox' ? { prefs } : {});
  const { opened, list } = await newProcesses(open);
  const { driver, close } = opened;
  try {
    await driver.manage().setTimeouts({ script: LONGEST });
    const devtools = browserName === 'chromium' ? devtoolsOf(driver) : undefined;
    await devtools?.('Page.addScriptToEvaluateOnNewDocument', {
      source: `globalThis.benchSettings = ${JSON.stringify(appSettings)};`,
    });
    const run = async (pageFunction, argument) => {
      const { value, error } = await driver.executeAsyncScript(
        `const done = arguments[arguments.length - 1];
         const run = (0, eval)('(' + arguments[0] + ')');
         Promise.resolve(run(arguments[1])).then((value) => done({ value }), (error) => done({ error: String(error) }));`,
        String(pageFunction),
        argument,
      );
      if (error) throw new Error(`${browserName}: ${error}`);
      return value;
    };
    const isSignedIn = async () =>
      (await driver.getCurrentUrl()).startsWith(peer.url) &&
      (await driver.executeScript('return !!globalThis.bench && !globalThis.isLeaving')) &&
      run(() => bench.ready.then(() => bench.signedIn()));
    await driver.get(peer.url);
    if (!(await isSignedIn())) {
      await driver.executeScript('globalThis.isLeaving = true; void bench.signIn();');
      await waitFor(isSignedIn, 'the sign-in', { timeoutMs: PATIENCE });
    }
    return { run, close, ...(devtools && { devtools, processes: list }) };
  } catch (error) {
    await close();
    throw error;
  }
}

function devtoolsOf(driver) {
  driver.getExecutor().defineCommand(DEVTOOLS, 'POST', '/session/:sessionId/goog/cdp/execute');
  return (command, parameters = {}) =>
    driver.execute(new Command(DEVTOOLS).setParameter('cmd', command).setParameter('params', parameters));
}
