/**
 * Tabs of a browser, driven in the same few ways whether by playwright-core (Chromium) or by WebDriver (Firefox, WebKit),
 * for measures that ask what a library does rather than how fast.
 */
import { openBrowser } from '../../tests/e2e/support/browser.mjs';
import { waitFor } from '../../tests/e2e/support/wait.mjs';
import { launchProfile } from './chromium.mjs';
import { STEP, within } from './patience.mjs';
import { newProcesses } from './processes.mjs';

const PATIENCE = { timeoutMs: 25_000, everyMs: 60 };

/**
 * Opens a browser with a fresh profile.
 *
 * @param {'chromium' | 'firefox' | 'webkit'} name
 * @param {object} [options]
 * @param {boolean} [options.thirdPartyCookies] whether Chromium allows them; Firefox keeps them apart by site, WebKit blocks them
 * @returns {Promise<{ name: string, newTab(): Promise<Tab>, sleep(): void, wake(): void, setOffline(isOffline: boolean): Promise<void>,
 *   close(): Promise<void> }>} `sleep` stops the processes of its pages and workers, as a lid that closes does
 */
export async function openTabs(name, { thirdPartyCookies = false } = {}) {
  const { opened, pages } = await newProcesses(() =>
    name === 'chromium' ? launchProfile({ thirdPartyCookies }) : openBrowser(name),
  );
  const common = { name, sleep: pages.stop, wake: pages.goOn };
  if (name === 'chromium') {
    return {
      ...common,
      newTab: async () => new PlaywrightTab(await opened.newPage()),
      setOffline: (isOffline) => opened.setOffline(isOffline),
      async close() {
        pages.goOn();
        await opened.close();
      },
    };
  }
  const { driver } = opened;
  let isFirst = true;
  return {
    ...common,
    async newTab() {
      if (!isFirst) await driver.switchTo().newWindow('tab');
      isFirst = false;
      return new WebDriverTab(driver, await driver.getWindowHandle());
    },
    // WebDriver has no word for it; the servers fall silent all the same.
    setOffline: async () => {},
    async close() {
      pages.goOn();
      await opened.close();
    },
  };
}

class PlaywrightTab {
  #page;

  constructor(page) {
    this.#page = page;
  }

  async open(url) {
    await this.#page.goto(url);
  }

  async reload() {
    await this.#page.reload();
  }

  /** Calls a self-contained function in the page with JSON-like arguments. */
  run(pageFunction, ...args) {
    const asked = this.#page.evaluate(`(${pageFunction})(...${JSON.stringify(args)})`);
    return within(asked, STEP, 'the page');
  }

  async close() {
    await this.#page.close();
  }
}

class WebDriverTab {
  #driver;
  #handle;

  constructor(driver, handle) {
    this.#driver = driver;
    this.#handle = handle;
  }

  async #focus() {
    await this.#driver.switchTo().window(this.#handle);
  }

  async open(url) {
    await this.#focus();
    await this.#driver.get(url);
  }

  async reload() {
    await this.#focus();
    await this.#driver.navigate().refresh();
  }

  async run(pageFunction, ...args) {
    await this.#focus();
    const outcome = await this.#driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      (async () => (${pageFunction})(...${JSON.stringify(args)}))().then(
        (value) => done({ value }),
        (error) => done({ error: String(error) }),
      );`);
    if (!outcome) throw new Error('the page went away');
    if (outcome.error) throw new Error(outcome.error);
    return outcome.value;
  }

  async close() {
    await this.#focus();
    await this.#driver.close();
    const [another] = await this.#driver.getAllWindowHandles();
    if (another) await this.#driver.switchTo().window(another);
  }
}

/** Opens the app of a row and waits until it is ready. */
export async function openApp(tab, row) {
  await tab.open(row.url);
  await ready(tab);
}

/** Waits for the app, callback included; what it fails with is thrown here. */
export async function ready(tab) {
  const outcome = await waitFor(
    () =>
      tab.run(async () => {
        if (window.isLeaving || !window.bench) return window.signInError ?? null;
        // A library may never be done, and the page may be on its way elsewhere.
        const late = new Promise((resolve) => setTimeout(resolve, 1000, null));
        const isReady = bench.ready.then(
          () => 'ready',
          (error) => `the app failed: ${error?.message ?? error}`,
        );
        return Promise.race([isReady, late]);
      }),
    'the app to be ready',
    PATIENCE,
  );
  if (outcome !== 'ready') throw new Error(outcome);
}

/** Signs in, also where somebody is signed in: the tokens are new ones. */
export async function signIn(tab, row) {
  await openApp(tab, row);
  await tab.run(() => {
    window.isLeaving = true;
    const fail = (error) => (window.signInError = `the sign-in failed: ${error?.message ?? error}`);
    // Once this script has been answered: a page that goes away answers nothing.
    setTimeout(() => bench.signIn().catch(fail));
  });
  await ready(tab);
  await waitFor(() => isSignedIn(tab), 'somebody to be signed in', PATIENCE);
}

export function isSignedIn(tab) {
  return tab.run(async () => {
    const late = new Promise((resolve) => setTimeout(resolve, 5000, false));
    return Boolean(await Promise.race([bench.signedIn(), late]));
  });
}

/** One call to the API: its status, or what it failed with, in a few words. */
export function call(tab, api) {
  return tab.run(async (url) => {
    const late = new Promise((resolve) => setTimeout(resolve, 9000, 'no answer'));
    const outcome = bench.call(url).then(
      ({ status }) => status,
      (error) =>
        error?.code ??
        error?.response?.status ??
        error?.error ??
        String(error?.message ?? error).slice(0, 80),
    );
    return Promise.race([outcome, late]);
  }, `${api}/json`);
}
