/**
 * What every example app can do, and the one walk through it: sign in, call, let the token expire, call again, reload,
 * sign out. An example shows its state in elements with these `data-testid`s:
 *
 *   status   `loading`, `signed out` or `signed in`        user     the person's name
 *   sign-in, sign-out, call   buttons                       answer   the text of the API's last answer
 */
import assert from 'node:assert/strict';
import { By } from 'selenium-webdriver';
import { startSite } from '../../server/site.mjs';
import { freePort } from '../../e2e/support/program.mjs';
import { waitFor, waitForElement } from '../../e2e/support/wait.mjs';
import { CLIENT_ID, startWorld, tokenRequests } from '../../e2e/support/world.mjs';

/** Long enough for a sign-in on a slow machine, and soon over. */
const TOKEN_SECONDS = 3;

/**
 * Servers, an API and a browser for one example, which will be served at `origin`.
 *
 * @param {object} [settings] further settings of startWorld
 */
export async function startExampleWorld({ provider, moreOrigins = [], ...settings } = {}) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const world = await startWorld({
    moreOrigins: [origin, ...moreOrigins],
    provider: { accessTokenSeconds: TOKEN_SECONDS, ...provider },
    ...settings,
  });
  try {
    const { driver } = await world.openPage();
    return { ...world, origin, port, driver };
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** What an example's file of settings exports, as text: `issuer`, `clientId`, `api`. */
export function exampleSettings({ issuer, apiOrigin }) {
  const constants = { issuer, clientId: CLIENT_ID, api: apiOrigin };
  return Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');
}

/** Serves what a build has left, as a static host would, with the policy for holdfast's own files. */
export function serveBuilt({ port, workerCsp }, directory, more = {}) {
  return startSite({
    port,
    roots: [{ prefix: '/', directory }],
    spaFallback: '/index.html',
    workerCsp,
    ...more,
  });
}

/** An example in the browser. */
export class ExamplePage {
  constructor({ driver, origin, issuer }) {
    Object.assign(this, { driver, origin, issuer });
  }

  /** Has the server ask for the name again. */
  async forgetServerSession() {
    await this.driver.get(`${this.issuer}/.well-known/openid-configuration`);
    await this.driver.manage().deleteAllCookies();
  }

  open(path = '/') {
    return this.driver.get(this.origin + path);
  }

  async text(name) {
    const [element] = await this.driver.findElements(By.css(`[data-testid="${name}"]`));
    return element?.getText();
  }

  async click(name) {
    const button = By.css(`[data-testid="${name}"]:not([disabled])`);
    await (await waitForElement(this.driver, button, `the button ${name}`)).click();
  }

  untilShown(name, expected, { timeoutMs = 20_000 } = {}) {
    let seen;
    return waitFor(async () => (seen = await this.text(name)) === expected, `${name}: ${expected}`, {
      timeoutMs,
    }).catch((error) => {
      error.message += `; it was: ${seen}`;
      throw error;
    });
  }

  /** Types a name into the server's form, and sends it. */
  async typeCredentials(name = 'Ada Lovelace') {
    const field = await waitForElement(this.driver, By.name('login'), "the server's sign-in form");
    await field.clear();
    await field.sendKeys(name);
    await this.driver.findElement(By.css('button[value="sign-in"]')).click();
  }

  async confirmSignOut() {
    const button = By.css('[data-testid="confirm-sign-out"]');
    await (await waitForElement(this.driver, button, "the server's sign-out page")).click();
  }

  /** Has the API called, and waits for its new answer. */
  async call(world) {
    const before = world.api.requests.length;
    await this.click('call');
    // It has looked at the token by the time that it answers.
    await waitFor(() => world.api.requests[before]?.status, 'the API to be called, and to answer');
    assert.equal(world.api.requests[before].authorization, 'valid');
    await waitFor(
      async () => (await this.text('answer'))?.includes('ada.lovelace'),
      "the API's answer to be shown",
    );
  }
}

/**
 * The walk. `place`: where the person is before the sign-in, and after it.
 *
 * @param {(name: string, step: () => Promise<void>) => void} it
 * @param {() => object} theWorld what `startExampleWorld` answered
 */
export function walkThroughExample(it, theWorld, { place = '/' } = {}) {
  const world = () => theWorld();
  const page = () => new ExamplePage(theWorld());
  const requests = (grantType) => tokenRequests(world().provider, grantType).length;

  it('starts signed out', async () => {
    await page().open(place);
    await page().untilShown('status', 'signed out');
    assert.deepEqual(world().provider.tokenRequests, []);
  });

  it('signs in, and is back where it was', async () => {
    await page().click('sign-in');
    await page().typeCredentials();
    await page().untilShown('status', 'signed in');
    await page().untilShown('user', 'Ada Lovelace');
    assert.equal(await world().driver.getCurrentUrl(), world().origin + place);
    assert.equal(requests('authorization_code'), 1);
  });

  it('calls the API', () => page().call(world()));

  it('calls again when the token has expired, with one refresh', async () => {
    await world().untilExpired(world().secrets.last('access token'));
    const before = requests('refresh_token');
    await page().call(world());
    assert.equal(requests('refresh_token'), before + 1);
  });

  it('is signed in after a reload, without a token request', async () => {
    const before = world().provider.tokenRequests.length;
    await world().driver.navigate().refresh();
    await page().untilShown('status', 'signed in');
    await page().untilShown('user', 'Ada Lovelace');
    assert.equal(world().provider.tokenRequests.length, before);
    await page().call(world());
  });

  it('signs out', async () => {
    await page().click('sign-out');
    await page().confirmSignOut();
    await page().untilShown('status', 'signed out');
    await world().driver.navigate().refresh();
    await page().untilShown('status', 'signed out');
  });
}
