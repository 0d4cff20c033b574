/** Servers, a browser with the example extension in it, and what the tests do there. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { By } from 'selenium-webdriver';
import { Command } from 'selenium-webdriver/lib/command.js';
import { openBrowser } from '../../e2e/support/browser.mjs';
import { waitFor, waitForElement } from '../../e2e/support/wait.mjs';
import { CLIENT_ID, startWorld } from '../../e2e/support/world.mjs';
import { ExamplePage } from '../support/example.mjs';
import { identities, layOutExtension } from './project.mjs';

/** Long enough for a sign-in on a slow machine, and soon over. */
const TOKEN_SECONDS = 3;

/** A background script without import, after extension-worker.js. */
export const classicBackground = ({ issuer, apiOrigin }) => `
  holdfast.startVault({
    issuer: '${issuer}',
    clientId: '${CLIENT_ID}',
    scope: 'openid profile offline_access',
    resources: ['${apiOrigin}/'],
  });
`;

/** WebDriver may not lead Firefox to an extension's page, so the extension opens one by itself. */
const opener = "browser.runtime.onInstalled.addListener(() => browser.tabs.create({ url: 'popup.html' }));";

/**
 * @param {'chromium' | 'firefox'} name
 * @param {string} project name of the scratch folder; one test file at a time may use it
 * @param {object} [settings]
 * @param {object} [settings.provider] further options of startProvider
 * @param {(world: object) => Record<string, string>} [settings.files] further files of the extension
 * @param {(manifest: object) => void} [settings.change] what is different in its manifest
 * @param {(folder: string) => Promise<void>} [settings.prepare] what a build would do
 * @param {object} [settings.prefs] further preferences of Firefox
 */
export async function startExtensionWorld(
  name,
  project,
  { provider, files = () => ({}), change = () => {}, prepare = () => {}, prefs = {}, ...settings } = {},
) {
  const identity = identities()[name];
  const { home, redirectOrigin, addOnId, uuid } = identity;
  const world = await startWorld({
    moreOrigins: [redirectOrigin],
    // The first one is of the page of the tests' own site.
    redirectPaths: ['/', '/callback'],
    provider: { accessTokenSeconds: TOKEN_SECONDS, origins: [home, redirectOrigin], ...provider },
    ...settings,
  });
  let browser;
  try {
    const folder = await layOutExtension(
      world,
      project,
      identity,
      { ...files(world), 'opener.js': opener },
      name === 'firefox'
        ? (manifest) => {
            change(manifest);
            manifest.background.scripts.push('opener.js');
          }
        : change,
    );
    await prepare(folder);
    browser = await openBrowser(
      name,
      name === 'firefox'
        ? { prefs: { 'extensions.webextensions.uuids': JSON.stringify({ [addOnId]: uuid }), ...prefs } }
        : {
            args: [
              `--load-extension=${folder}`,
              // Chrome itself has stopped to take the argument above; Chromium does what it is told.
              '--disable-features=DisableLoadExtensionCommandLineSwitch',
            ],
          },
    );
    const { driver } = browser;
    if (name === 'firefox') {
      await installTemporarily(driver, folder);
      await waitFor(() => switchToPageOf(driver, home), "the extension's page");
    }
    return {
      ...world,
      browser,
      driver,
      origin: home,
      home,
      /** Changes a file of the extension that was not loaded yet. */
      write: (file, text) => writeFileSync(path.join(folder, file), text),
      close: async () => {
        await browser.close();
        await world.close();
      },
    };
  } catch (error) {
    await browser?.close();
    await world.close();
    throw error;
  }
}

/** The popup in a tab of its own: the same page, which stays open while another window has the focus. */
export class Popup extends ExamplePage {
  open(page = '/popup.html') {
    return this.#load((url) => location.assign(url), this.origin + page);
  }

  reload() {
    return this.#load(() => location.reload());
  }

  /** From the page that is open already, if it is one of the extension's. */
  async #load(action, ...args) {
    const { driver, origin } = this;
    if (!(await driver.getCurrentUrl()).startsWith(origin)) return driver.get(...args);
    await driver.executeScript('window.isOld = true');
    await driver.executeScript(action, ...args);
    await waitFor(() => driver.executeScript('return !window.isOld'), 'the page to be loaded');
  }

  async signIn() {
    await this.#inNewWindow('sign-in', () => this.typeCredentials());
  }

  async signOut() {
    await this.#inNewWindow('sign-out', () => this.confirmSignOut());
  }

  /** Begins to sign in, and closes the window instead. */
  async cancelSignIn() {
    await this.#inNewWindow('sign-in', async () => {
      // A window that has not loaded yet can't be closed in every version of the driver.
      await waitForElement(this.driver, By.name('login'), "the server's sign-in form");
      await this.driver.close();
    });
  }

  /** The browser closes the window by itself when `act` has led it where it should go. */
  async #inNewWindow(button, act) {
    const { driver } = this;
    const [popup, handles] = [await driver.getWindowHandle(), await driver.getAllWindowHandles()];
    const opened = async () => (await driver.getAllWindowHandles()).find((each) => !handles.includes(each));
    await this.click(button);
    await driver.switchTo().window(await waitFor(opened, 'a window to open'));
    // The answer to a click may be that its window is gone.
    await act().catch((error) => {
      if (error.name !== 'NoSuchWindowError') throw error;
    });
    await waitFor(async () => !(await opened()), 'the window to be closed');
    await driver.switchTo().window(popup);
  }

  /** Runs `script` in the page, with `args`; what it answers may be a promise. */
  async run(script, ...args) {
    const [error, value] = await this.driver.executeAsyncScript(
      `const done = arguments[arguments.length - 1];
       (async () => (${script})(...[...arguments].slice(0, -1)))().then(
         (value) => done([null, value]),
         (error) => done([{ name: error.name, code: error.code, message: String(error.message) }, null]),
       );`,
      ...args,
    );
    if (error) throw Object.assign(new Error(error.message), error);
    return value;
  }
}

/** A command of the Chrome DevTools Protocol's, to the page that is in front. */
export function devTools(driver, command, parameters = {}) {
  return send(driver, 'POST', '/session/:sessionId/goog/cdp/execute', { cmd: command, params: parameters });
}

/** What names the service worker of the extension that runs at this moment, if one does. */
export async function runningWorker({ driver, home }) {
  const { targetInfos } = await devTools(driver, 'Target.getTargets');
  return targetInfos.find(({ type, url }) => type === 'service_worker' && url.startsWith(home))?.targetId;
}

/** Ends the service worker, as the browser does when it is idle. */
export async function stopWorker(world) {
  await endWorker(world);
  await waitFor(async () => !(await runningWorker(world)), 'the service worker to be stopped');
}

/** The same where a page wants something, and so starts the next one at once: it has the same name. */
export async function endWorker(world) {
  await waitFor(() => runningWorker(world), "the extension's service worker to run");
  await devTools(world.driver, 'ServiceWorker.enable');
  await devTools(world.driver, 'ServiceWorker.stopAllWorkers');
}

async function switchToPageOf(driver, origin) {
  for (const handle of await driver.getAllWindowHandles()) {
    await driver.switchTo().window(handle);
    if ((await driver.getCurrentUrl()).startsWith(origin)) return true;
  }
  return false;
}

function installTemporarily(driver, folder) {
  return send(driver, 'POST', '/session/:sessionId/moz/addon/install', { path: folder, temporary: true });
}

function send(driver, method, route, parameters) {
  driver.getExecutor().defineCommand(route, method, route);
  const command = new Command(route);
  for (const [name, value] of Object.entries(parameters)) command.setParameter(name, value);
  return driver.execute(command);
}
