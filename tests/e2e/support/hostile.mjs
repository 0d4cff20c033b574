/**
 * Cases of tests/vectors/hostile-browser.json: somebody is signed in, a server breaks one rule, and holdfast stops or goes on.
 * Whatever happens is kept for docs/hostile-server.md and compared with the row. What holds in every case is looked at here:
 * nothing secret at the evil server, nothing secret anywhere after a refusal, the session untouched.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectedIn, hostileRows, keepMeasured } from '../../../tools/lib/hostile-rows.mjs';
import { workerCsp } from '../../server/csp.mjs';
import { startHostileWorld } from '../../server/hostile/world.mjs';
import { startSite } from '../../server/site.mjs';
import { AppPage } from './app-page.mjs';
import { browserName, openBrowser } from './browser.mjs';
import { initAssets, packageFolder } from './package.mjs';
import { freePort } from './program.mjs';
import { temporaryFolder } from './temporary.mjs';
import { waitFor } from './wait.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rows = new Map(hostileRows('browser').map((row) => [row.id, row]));

const SOON = { everyMs: 15, timeoutMs: 20_000 };

/** Starts a sign-in in the page, and keeps why it has not left. */
const LOGIN = (options) => {
  // Gone once another page is there, which may well be this one again.
  window.e2e.leaving = true;
  window.e2e.failed = undefined;
  window.auth.loginWithRedirect(options).catch((error) => {
    const { name, code, message, phase, retryable, oauth } = error;
    const isAuthError = error instanceof window.e2e.AuthError;
    window.e2e.failed = { name, code, message, phase, retryable, oauth, isAuthError };
  });
};

/** The two apps that the provider knows, which share an origin and a redirect URI. */
export const [CLIENT_ID, OTHER_CLIENT_ID] = ['app', 'other-app'];

/**
 * Describes cases. `define` gets `hostile(id, attempt, rules)` and the scene; an attempt answers what happened ("accepted",
 * "ignored", a status, or an error code), and is a sign-in where none is given. Rules that a case may set:
 * - `says`: false where what is sent after a refusal is not what the case is about;
 * - `isLasting`: false where what was accepted is a session that can't be renewed;
 * - `check(error)`: more to look at.
 */
export function describeHostile(title, define, settings = {}) {
  describe(`a hostile server: ${title} (${browserName})`, () => {
    const scene = new Scene(settings);
    before(() => scene.begin());
    after(() => scene.end());
    const hostile = (id, attempt = () => scene.signIn(), rules = {}) => {
      const row = rows.get(id);
      assert.ok(row, `tests/vectors/hostile-browser.json has no row for "${id}"`);
      it(`${id}: ${row.does}`, () => scene.play(row, attempt, rules));
    };
    define(hostile, scene);
  });
}

class Scene {
  #closers = [];

  /**
   * @param {object} settings
   * @param {object} [settings.options]  of createAuthClient
   * @param {boolean} [settings.fresh]  each case begins with a vault that knows nothing of the server
   */
  constructor({ options = {}, fresh = false }) {
    this.given = options;
    this.fresh = fresh;
  }

  async begin() {
    try {
      await this.#start();
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async #start() {
    const sitePort = await freePort();
    this.siteOrigin = `http://localhost:${sitePort}`;
    const redirectUris = ['/callback', '/other-callback'].map((path) => this.siteOrigin + path);
    this.world = await startHostileWorld({
      clients: { [CLIENT_ID]: redirectUris, [OTHER_CLIENT_ID]: redirectUris },
    });
    const { provider, other, api, evil } = this.world;
    this.#closers.push(() => this.world.close());
    this.issuer = provider.issuer;
    const assets = await temporaryFolder();
    this.#closers.push(() => assets.remove());
    await initAssets(assets.path);
    const policy = (apiOrigins) => workerCsp({ issuer: provider.issuer, apiOrigins });
    const site = await startSite({
      port: sitePort,
      roots: [
        { prefix: '/', directory: here('../app') },
        { prefix: '/lib/holdfast/', directory: packageFolder },
        { prefix: '/holdfast/', directory: assets.path },
        { prefix: '/holdfast/strict/', directory: assets.path },
      ],
      spaFallback: '/index.html',
      // The policy is one more defence. But for /strict/ it lets everything pass here: it is not what stops these servers.
      workerCsp: (path) =>
        path.includes('/strict/') ? policy([api.origin]) : policy([api.origin, evil.origin, other.issuer]),
    });
    this.#closers.push(() => site.close());
    const browser = await openBrowser();
    this.#closers.push(() => browser.close());
    this.page = new AppPage(browser.driver, this);
    await this.page.useOptions(this.options());
  }

  async end() {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  options(more) {
    return {
      issuer: this.issuer,
      clientId: CLIENT_ID,
      redirectUri: `${this.siteOrigin}/callback`,
      scope: 'openid offline_access',
      resources: [`${this.world.api.origin}/`],
      assetsUrl: '/holdfast/',
      // Each page begins a dedicated vault, to which the escrow gives the session. A shared one lives on.
      ...(this.fresh && { host: 'dedicated' }),
      ...this.given,
      ...more,
    };
  }

  /** One case, from the honest session to what is left of it. */
  async play(row, attempt, { says = true, isLasting = true, check } = {}) {
    const { world } = this;
    const { journal } = world;
    this.person = await this.#haveSession();
    // Whatever stops this case, the next one begins with a session of its own.
    this.isSpoiled = true;
    const start = journal.entries.length;
    this.error = null;
    world.provider.person = this.person === 'alice' ? 'mallory' : 'alice';
    let happened;
    let metAt;
    try {
      world.mutate(row.id);
      happened = await attempt(this);
    } finally {
      metAt = world.metAt;
      world.mutate();
    }
    keepMeasured(browserName, row.id, happened);
    assert.notEqual(metAt, undefined, 'the mutation was met');
    assert.equal(happened, expectedIn(row, browserName));
    const atEvil = journal.leaksSince(start).filter((leak) => leak.startsWith('evil'));
    assert.deepEqual(atEvil, [], 'nothing secret came to the evil server');
    const isRefused = happened !== 'accepted';
    if (isRefused && says)
      assert.deepEqual(journal.leaksSince(metAt), [], 'nothing secret was sent afterwards');
    await this.#checkPage();
    await check?.(this.error);
    if (happened === 'session_expired') await this.#assertSignedOut();
    else if (isRefused) await this.#assertUntouched(this.person);
    this.isSpoiled = !isLasting;
  }

  /** Who is signed in: whoever was before, or alice. */
  async #haveSession() {
    if (this.fresh || !(await this.#isAtApp())) await this.page.open('/');
    const person = await this.subject();
    if (person && !this.isSpoiled) return person;
    this.world.provider.person = 'alice';
    assert.equal(await this.signIn(), 'accepted', 'the honest sign-in');
    if (this.fresh) await this.page.open('/');
    return this.subject();
  }

  async #isAtApp() {
    const url = await this.page.driver.getCurrentUrl();
    if (!url.startsWith(`${this.siteOrigin}/`)) return false;
    return this.page.driver.executeScript('return Boolean(window.auth)');
  }

  subject() {
    return this.page.run(() => window.auth.user()?.sub ?? null);
  }

  /** What became of a sign-in through whatever the server does. */
  async signIn(loginOptions = {}) {
    if (this.fresh) return this.#signInWithoutLeaving();
    const failure = await this.startSignIn(loginOptions);
    return failure ? this.failed(failure) : this.arrival();
  }

  /** The same in one page and one vault, which has read metadata and keys just now. */
  async #signInWithoutLeaving() {
    this.world.holds = true;
    this.world.held = undefined;
    await this.page.run(LOGIN, {});
    const { failed, url } = await waitFor(
      async () => {
        const { failed } = await this.#state();
        return failed ? { failed } : this.world.held && { url: this.world.held };
      },
      'an error, or the server to answer',
      SOON,
    );
    this.world.holds = false;
    return failed ? this.failed(failed) : this.handle(url);
  }

  /** Starts a sign-in, and waits until the app is there again; the error where the page was not left. */
  async startSignIn(loginOptions) {
    await this.page.run(LOGIN, loginOptions);
    const { failed } = await waitFor(
      async () => {
        const { isHere, leaving, ready, failed } = await this.#state();
        return isHere && (failed ? { failed } : ready && !leaving && {});
      },
      'an error, or the app again',
      SOON,
    );
    return failed;
  }

  #state() {
    return this.page.driver.executeScript(
      `const { leaving, ready, failed } = window.e2e ?? {};
      return { isHere: location.origin === arguments[0], leaving, ready, failed };`,
      this.siteOrigin,
    );
  }

  /** Starts a sign-in that the server answers without letting the browser go back; answers where it would have gone. */
  async callbackUrl() {
    Object.assign(this.world, { holds: true, held: undefined });
    await this.page.run(LOGIN, {});
    const url = await waitFor(() => this.world.held, 'the server to answer', SOON);
    this.world.holds = false;
    return url;
  }

  /** What went before was fine. What is wrong comes now. */
  startAgain() {
    this.world.metAt = this.world.journal.entries.length;
  }

  /** What the page that is open now made of its URL. */
  async arrival() {
    const { error, callback } = await this.page.seen();
    if (error) return this.failed(error);
    return callback?.handled ? 'accepted' : 'ignored';
  }

  /** What `handleRedirectCallback` makes of a URL, in the page that is open now. */
  handle(url) {
    return this.page
      .run((given) => window.auth.handleRedirectCallback(given), url)
      .then(
        ({ handled }) => (handled ? 'accepted' : 'ignored'),
        (error) => this.failed(error),
      );
  }

  /** What became of a call that needs a new access token: "accepted" with 200, another status, or an error code. */
  async callWithRefresh() {
    await this.call();
    this.spoilAccessToken();
    return this.call();
  }

  async call(path = '/me', init = {}) {
    const url = this.world.api.origin + path;
    const outcome = this.page.run(
      (given, more) => window.auth.fetch(given, more).then(({ status }) => status),
      url,
      init,
    );
    return outcome.then(
      (status) => (status === 200 ? 'accepted' : String(status)),
      (error) => this.failed(error),
    );
  }

  /** The API takes the access token of the last call no more. */
  spoilAccessToken() {
    const { token } =
      this.world.journal.entries.findLast(({ server, token }) => server === 'API' && token) ?? {};
    if (token) this.world.grants.forget(token);
  }

  /** How many refreshes there were. */
  refreshes() {
    return this.world.journal.entries.filter(({ body }) => body.includes('grant_type=refresh_token')).length;
  }

  /** How many calls came to the API. */
  apiCalls() {
    return this.world.journal.entries.filter(({ server }) => server === 'API').length;
  }

  /** Keeps an error of the page's, and answers its code. */
  failed(error) {
    this.error = error;
    return error.code ?? error.name ?? String(error);
  }

  /** No error tells a secret, and no script of the server's has run. */
  async #checkPage() {
    const told = JSON.stringify({ ...this.error, message: this.error?.message });
    for (const [secret, kind] of this.world.journal.secrets)
      assert.ok(!told.includes(secret), `the error tells a ${kind}`);
    // A call of the API's may fail as `fetch` does.
    if (this.error?.code) assert.equal(this.error.isAuthError, true, told);
    assert.equal(await this.page.driver.executeScript('return window.e2e?.hacked ?? null'), null);
  }

  async #assertUntouched(person) {
    assert.equal(await this.subject(), person, 'the same person is signed in');
    // After some refusals the server is not asked again for two seconds.
    await waitFor(async () => (await this.#caller()) === person, `calls in the name of ${person}`, {
      timeoutMs: 5_000,
    });
    if (this.fresh) await this.page.open('/');
    this.spoilAccessToken();
    assert.equal(await this.#caller(), person, 'no refresh token was lost');
  }

  /** In whose name the API takes a call. */
  #caller() {
    return this.page.run(
      async (url) => (await (await window.auth.fetch(url)).json()).sub,
      `${this.world.api.origin}/me`,
    );
  }

  async #assertSignedOut() {
    assert.equal(await this.page.run(() => window.auth.isAuthenticated()), false);
    assert.equal(await this.call(), 'login_required');
  }
}
