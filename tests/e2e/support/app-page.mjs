/**
 * Drives a page of tests/e2e/app: runs functions inside it, signs in through the authorization server's own pages, and
 * turns errors of the page into errors of the test.
 */
import { By } from 'selenium-webdriver';
import { waitFor, waitForElement } from './wait.mjs';

/** An error that was thrown in the page; has the AuthError's members (`code`, `phase`, ...) and `isAuthError`. */
export class PageError extends Error {
  constructor(description) {
    super(description.message ?? description.thrown);
    Object.assign(this, description, { name: description.name ?? 'PageError' });
  }
}

export class AppPage {
  constructor(driver, world) {
    this.driver = driver;
    this.world = world;
  }

  /** Leaves the options for app.js in this tab, to be found at each following page load of the site. */
  async useOptions(options, pageWithoutClient = '/setup.html') {
    await this.open(pageWithoutClient);
    await this.driver.executeScript(
      "if (arguments[0]) sessionStorage.setItem('e2e-options', arguments[0]); else sessionStorage.removeItem('e2e-options');",
      options ? JSON.stringify(options) : null,
    );
  }

  /** Opens a path of the site and waits until its script has done its work. */
  async open(path = '/') {
    await this.driver.get(new URL(path, this.world.siteOrigin).href);
    await this.ready();
  }

  async ready() {
    await waitFor(() => this.isReady(), 'the app to be ready', { timeoutMs: 20_000 });
  }

  async isReady() {
    const url = await this.driver.getCurrentUrl();
    return (
      url.startsWith(`${this.world.siteOrigin}/`) &&
      (await this.driver.executeScript(
        "return document.readyState === 'complete' && window.e2e?.ready === true",
      ))
    );
  }

  async waitForUrl(url) {
    await waitFor(async () => (await this.driver.getCurrentUrl()) === url, `the page to be at ${url}`);
  }

  /** Calls a self-contained function in the page with JSON-like arguments; what it throws is thrown here. */
  async run(pageFunction, ...args) {
    const { value, error } = await this.driver.executeAsyncScript(
      'const done = arguments[arguments.length - 1]; window.e2e.run(arguments[0], arguments[1]).then(done);',
      String(pageFunction),
      args,
    );
    if (error) throw new PageError(error);
    return value;
  }

  /** What app.js has seen: `{ opened, events, callback, error, url, historyLength }`. */
  async seen() {
    return this.driver.executeScript(`
      const { opened, events, callback, error } = window.e2e;
      return { opened, events, callback, error, url: location.href, historyLength: history.length };
    `);
  }

  /** Starts a sign-in and answers once the server shows a page or has sent the browser back. */
  async startSignIn(loginOptions = {}) {
    await this.run((options) => {
      if (!window.auth) throw new Error(`there is no client: ${JSON.stringify(window.e2e.error)}`);
      // Gone once another page is there, which may well be this one again.
      window.e2e.leaving = true;
      // Not awaited: the page goes away in the middle of it.
      window.auth.loginWithRedirect(options).catch((error) => {
        window.e2e.loginError = { name: error.name, code: error.code, message: error.message };
      });
    }, loginOptions);
    await waitFor(() => this.hasLeft(), 'the sign-in to leave the page');
  }

  async hasLeft() {
    // Between two sites a browser may show an empty page for a moment, which is neither of them.
    const { leaving, failed } = await this.driver.executeScript(`
      const leaving = window.e2e?.leaving === true || !location.protocol.startsWith('http');
      return { leaving, failed: window.e2e?.loginError };
    `);
    if (failed) throw new PageError(failed);
    return !leaving;
  }

  /** The URL of the server's sign-in form, once it is there. */
  async formUrl() {
    await waitForElement(this.driver, By.name('login'), "the server's sign-in form");
    return this.driver.getCurrentUrl();
  }

  /** Types a name into the server's form and sends it. */
  async typeCredentials(name = 'Ada Lovelace') {
    const { driver } = this;
    const field = await waitForElement(driver, By.name('login'), "the server's sign-in form");
    await field.clear();
    await field.sendKeys(name);
    await driver.findElement(By.css('button[value="sign-in"]')).click();
  }

  /** The whole way: from the app to the server's page, and back until the app is ready again. */
  async signIn({ name, ...loginOptions } = {}) {
    await this.startSignIn(loginOptions);
    const needsCredentials = await waitFor(() => this.atFormOrBack(), 'a sign-in form, or the app again');
    if (needsCredentials === 'form') await this.typeCredentials(name);
    await this.ready();
    const { error } = await this.seen();
    if (error) throw new PageError(error);
    return { askedForCredentials: needsCredentials === 'form' };
  }

  async atFormOrBack() {
    if (await this.isReady()) return 'back';
    const forms = await this.driver.findElements(By.name('login'));
    return forms.length > 0 && 'form';
  }

  /** Starts a sign-out and says yes on the server's page, where it asks. */
  async signOut(options = {}) {
    await this.run((given) => void window.auth.logout(given).catch(() => {}), options);
    await this.confirmSignOut();
  }

  async confirmSignOut() {
    const { driver } = this;
    const button = By.css('[data-testid="confirm-sign-out"]');
    const yes = await waitForElement(driver, button, "the server's sign-out page");
    await yes.click();
    await this.ready();
  }

  /** Makes the server forget this browser, so that the next sign-in asks for credentials again. */
  async forgetServerSession() {
    await this.driver.get(`${this.world.issuer}/.well-known/openid-configuration`);
    await this.driver.manage().deleteAllCookies();
  }
}
