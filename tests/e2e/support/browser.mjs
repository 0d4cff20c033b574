/**
 * Opens one of the three browsers with a fresh profile through WebDriver, and hands back the same API for each.
 * Nothing is downloaded: drivers and browsers are found where the set-up put them, or the error says what is missing.
 */
import { WebDriver } from 'selenium-webdriver';
import { Executor, HttpClient } from 'selenium-webdriver/http/index.js';
import { ensureDisplay } from '../../../tools/lib/display.mjs';
import { browserNames, findBrowser, putFirstOnPath } from '../../../tools/lib/find.mjs';
import { toolsBin } from '../../../tools/lib/paths.mjs';
import { freePort, startProgram } from './program.mjs';
import { temporaryFolder } from './temporary.mjs';
import { waitFor } from './wait.mjs';

// Selenium Manager would fetch drivers and send usage statistics. It is never asked here, and would not be allowed to.
process.env.SE_OFFLINE = 'true';
process.env.SE_AVOID_STATS = 'true';

/** The browser that this run is for. */
export const browserName = process.env.HOLDFAST_BROWSER || 'chromium';

putFirstOnPath(toolsBin);
const STARTERS = { chromium, firefox, webkit };

/**
 * @param {'chromium'|'firefox'|'webkit'} name
 * @param {object} [extra] without it the browser is as shipped, but for what automation needs, and ITP in WebKit
 * @param {string[]} [extra.args] further arguments
 * @param {Record<string, unknown>} [extra.prefs] further preferences, in Chromium and Firefox
 * @param {boolean} [extra.trackingPrevention] ITP, in WebKit: its argument switches it on, whatever value it is given
 * @returns {Promise<{ name: string, driver: WebDriver, consoleText(): Promise<string>, close(): Promise<void> }>}
 */
export async function openBrowser(
  name = browserName,
  { args = [], prefs = {}, trackingPrevention = true } = {},
) {
  const starter = STARTERS[name];
  if (!starter) throw new Error(`HOLDFAST_BROWSER is '${name}'; allowed: ${browserNames.join(', ')}`);
  const { command, env, capabilities, dispose, consoleText } = await starter({
    args,
    prefs,
    trackingPrevention,
  });
  const port = await freePort();
  const program = startProgram(command, [`--port=${port}`], { env });
  const close = async (driver) => {
    await driver?.quit().catch(() => {});
    await program.stop();
    await dispose?.();
  };
  try {
    const url = `http://127.0.0.1:${port}`;
    await waitFor(() => answers(url, program), `${command} to answer`, { timeoutMs: 20_000 });
    const driver = WebDriver.createSession(
      new Executor(new HttpClient(url)),
      new Map(Object.entries(capabilities)),
    );
    await driver.getSession();
    await driver.manage().setTimeouts({ script: 30_000, pageLoad: 30_000, implicit: 0 });
    return { name, driver, close: () => close(driver), consoleText: () => consoleText(driver, program) };
  } catch (error) {
    await close();
    error.message = `${name} could not be opened: ${error.message}\n${program.output.slice(-2000)}`;
    throw error;
  }
}

async function answers(url, program) {
  if (program.exited) throw new Error(`it has ended: ${program.output.slice(-500)}`);
  return (await fetch(`${url}/status`)).ok;
}

async function chromium({ args, prefs }) {
  const { binary, driver: command } = installed('chromium');
  const profile = await temporaryFolder('chromium');
  let consoleLines = '';
  return {
    command,
    env: {},
    capabilities: {
      browserName: 'chrome',
      'goog:loggingPrefs': { browser: 'ALL' },
      'goog:chromeOptions': {
        binary,
        prefs,
        args: [
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--no-proxy-server',
          '--window-size=1280,1000',
          `--user-data-dir=${profile.path}`,
          ...args,
        ],
      },
    },
    // Reading the browser's log empties it, so it is gathered.
    async consoleText(driver) {
      for (const { message } of await driver.manage().logs().get('browser')) consoleLines += `${message}\n`;
      return consoleLines;
    },
    dispose: () => profile.remove(),
  };
}

async function firefox({ args, prefs }) {
  const { binary, driver: command } = installed('firefox');
  return {
    command,
    env: { MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '1000' },
    capabilities: {
      browserName: 'firefox',
      'moz:firefoxOptions': {
        binary,
        args: ['-headless', ...args],
        prefs: {
          // Consoles of pages and workers go to standard output, where the tests can read them.
          'devtools.console.stdout.content': true,
          'network.proxy.type': 0,
          'network.captive-portal-service.enabled': false,
          'network.connectivity-service.enabled': false,
          ...prefs,
        },
      },
    },
    consoleText: async (_driver, program) => consoleLinesOf(program.output),
  };
}

async function webkit({ args, trackingPrevention }) {
  const { binary, driver: command } = installed('webkit');
  const display = await ensureDisplay();
  const home = await temporaryFolder('webkit');
  const data = home.path;
  return {
    command,
    // A home of its own keeps what MiniBrowser writes apart from other runs.
    env: { ...display.env, HOME: data, XDG_CACHE_HOME: data, XDG_DATA_HOME: data, XDG_CONFIG_HOME: data },
    capabilities: {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        binary,
        args: ['--automation', ...(trackingPrevention ? ['--enable-itp=true'] : []), ...args],
      },
    },
    // MiniBrowser under automation prints no console; the probe's own hook on `console` has to do.
    consoleText: async () => '',
    async dispose() {
      await display.stop();
      await home.remove();
    },
  };
}

/** What the page and its workers wrote, out of everything that the browser printed. */
function consoleLinesOf(output) {
  return output
    .split('\n')
    .filter((line) => /^(console\.|JavaScript )/.test(line))
    .join('\n');
}

/** The browser's two programs by their full paths; says what is missing, for nothing is installed from here. */
function installed(name) {
  const found = findBrowser(name);
  if (!found.binary) throw new Error('the browser is not installed');
  if (!found.driver)
    throw new Error('its WebDriver (chromedriver, geckodriver, WebKitWebDriver) is not installed');
  return found;
}
