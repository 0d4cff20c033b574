/**
 * Callbacks that must not be believed: forged, replayed, contradictory, from somebody else. Each is a typed error, and
 * nothing goes to the token endpoint.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By } from 'selenium-webdriver';
import { browserName } from './support/browser.mjs';
import { waitFor, waitForElement } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

describe(`callbacks that must not be believed (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld();
    page = await world.openPage();
    await page.useOptions(world.options());
  });
  after(() => world?.close());

  /** A callback URL of these parameters, in this order; `undefined` ones are left out. */
  const callbackUrl = (...parameters) =>
    `${world.redirectUri}?${new URLSearchParams(parameters.filter(([, value]) => value !== undefined))}`;

  /** Has a sign-in wait at the server's page, and answers the state that was sent. */
  async function startSignIn() {
    const before = world.secrets.authorizationRequests.length;
    await page.open('/start');
    await page.startSignIn();
    await waitFor(() => world.secrets.authorizationRequests.length > before, 'the authorization request');
    return world.secrets.authorizationRequests.at(-1).get('state');
  }

  /** Opens a callback URL as a browser does, and answers the app's error. */
  async function arriveAt(url) {
    const before = world.provider.tokenRequests.length;
    await page.driver.get(url);
    await page.ready();
    const { error } = await page.seen();
    assert.equal(world.provider.tokenRequests.length, before, 'nothing may go to the token endpoint');
    assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
    return error;
  }

  const issuer = () => world.issuer;
  const WITH_A_SIGN_IN_UNDER_WAY = {
    'a forged state': { code: 'state_unknown', query: () => [['code', 'x'], ['state', 'forged'], ['iss', issuer()]] },
    'no state': { code: 'state_missing', query: () => [['code', 'x'], ['iss', issuer()]] },
    'an empty state': { code: 'state_missing', query: () => [['code', 'x'], ['state', ''], ['iss', issuer()]] },
    "another issuer's iss": {
      code: 'issuer_mismatch',
      query: (state) => [['code', 'x'], ['state', state], ['iss', 'https://attacker.example']],
    },
    'an iss that differs by a slash': {
      code: 'issuer_mismatch',
      query: (state) => [['code', 'x'], ['state', state], ['iss', `${issuer()}/`]],
    },
    'no iss, though the server announces it': {
      code: 'issuer_missing',
      query: (state) => [['code', 'x'], ['state', state]],
    },
    'code and error at once': {
      code: 'callback_invalid',
      query: (state) => [['code', 'x'], ['error', 'access_denied'], ['state', state], ['iss', issuer()]],
    },
    'two codes': {
      code: 'callback_invalid',
      query: (state) => [['code', 'x'], ['code', 'y'], ['state', state], ['iss', issuer()]],
    },
    'two states': {
      code: 'callback_invalid',
      query: (state) => [['code', 'x'], ['state', state], ['state', 'forged'], ['iss', issuer()]],
    },
    'an empty code': {
      code: 'callback_invalid',
      query: (state) => [['code', ''], ['state', state], ['iss', issuer()]],
    },
    'a token in the query': {
      code: 'callback_invalid',
      query: (state) => [['code', 'x'], ['access_token', 'y'], ['state', state], ['iss', issuer()]],
    },
  }; // prettier-ignore

  for (const [what, { code, query }] of Object.entries(WITH_A_SIGN_IN_UNDER_WAY)) {
    it(`${what} while a sign-in is under way`, async () => {
      const state = await startSignIn();
      const error = await arriveAt(callbackUrl(...query(state)));
      assert.equal(error?.isAuthError, true);
      assert.equal(error.code, code);
      assert.equal(error.phase, 'callback');
      assert.equal(error.retryable, false);
      assert.ok(!error.message.includes(state), 'the message does not repeat the state');
    });
  }

  it("the server's refusal comes with the server's words", async () => {
    const state = await startSignIn();
    const error = await arriveAt(
      callbackUrl(
        ['error', 'access_denied'],
        ['error_description', 'not today'],
        ['state', state],
        ['iss', world.issuer],
      ),
    );
    assert.equal(error.code, 'authorization_refused');
    assert.equal(error.oauth.error, 'access_denied');
    assert.equal(error.oauth.error_description, 'not today');
  });

  it('a refusal of somebody else is not shown as one', async () => {
    await startSignIn();
    const error = await arriveAt(
      callbackUrl(['error', 'access_denied'], ['state', 'forged'], ['iss', world.issuer]),
    );
    assert.equal(error.code, 'state_unknown');
    assert.ok(!error.oauth);
  });

  it('a person who cancels comes back with access_denied', async () => {
    await startSignIn();
    const before = world.provider.tokenRequests.length;
    const cancel = await waitForElement(page.driver, By.css('[data-testid="cancel"]'), 'the cancel button');
    await cancel.click();
    await page.ready();
    const { error } = await page.seen();
    assert.equal(error.code, 'authorization_refused');
    assert.equal(error.oauth.error, 'access_denied');
    assert.equal(world.provider.tokenRequests.length, before);
  });

  it('a forged callback does not use up the sign-in that is under way', async () => {
    await startSignIn();
    const atTheServer = await page.formUrl();
    await arriveAt(callbackUrl(['code', 'x'], ['state', 'forged'], ['iss', world.issuer]));
    await page.driver.get(atTheServer);
    await page.typeCredentials();
    await page.ready();
    assert.equal((await page.seen()).error, null);
    assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
  });

  describe('while somebody is signed in', () => {
    let usedUrl;
    before(async () => {
      await page.open('/');
      await page.signIn();
      usedUrl = (await page.seen()).opened.url;
    });

    const FORGERIES = {
      'the same callback again': ['state_unknown', () => usedUrl],
      'a forged state': [
        'state_unknown',
        () => callbackUrl(['code', 'x'], ['state', 'forged'], ['iss', issuer()]),
      ],
      'no state': ['state_missing', () => callbackUrl(['code', 'x'], ['iss', issuer()])],
      'a refusal with a forged state': [
        'state_unknown',
        () => callbackUrl(['error', 'access_denied'], ['state', 'forged'], ['iss', issuer()]),
      ],
      'two codes': ['callback_invalid', () => callbackUrl(['code', 'x'], ['code', 'y'], ['state', 'forged'])],
      'a token in the fragment': [
        'callback_invalid',
        () => `${world.redirectUri}#access_token=x&state=forged`,
      ],
    };

    for (const [what, [code, url]] of Object.entries(FORGERIES)) {
      it(`${what} changes nothing`, async () => {
        const before = world.provider.tokenRequests.length;
        await assert.rejects(
          page.run((given) => window.auth.handleRedirectCallback(given), url()),
          { isAuthError: true, code, phase: 'callback' },
        );
        assert.equal(world.provider.tokenRequests.length, before);
        const status = await page.run(
          async (given) => (await window.auth.fetch(given)).status,
          `${world.apiOrigin}/me`,
        );
        assert.equal(status, 200);
        assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
      });
    }

    it('a URL that is no callback is none', async () => {
      const urls = [`${world.siteOrigin}/other?code=x&state=y`, `${world.redirectUri}?page=2`];
      for (const url of urls) {
        const { handled } = await page.run((given) => window.auth.handleRedirectCallback(given), url);
        assert.equal(handled, false, url);
      }
    });

    it('the used callback URL, opened again, is refused', async () => {
      const before = world.provider.tokenRequests.length;
      await page.driver.get(usedUrl);
      await page.ready();
      assert.equal((await page.seen()).error?.code, 'state_unknown');
      assert.equal(world.provider.tokenRequests.length, before);
    });
  });

  it('a server that can not be reached costs no callback: it stays where it is, to be tried again', async () => {
    // Port 1 is closed to every browser.
    await page.useOptions(world.options({ issuer: 'http://127.0.0.1:1' }));
    const url = callbackUrl(['code', 'x'], ['state', 'y']);
    await page.driver.get(url);
    await page.ready();
    const { error } = await page.seen();
    assert.deepEqual([error.code, error.retryable], ['network_error', true]);
    assert.equal(await page.driver.getCurrentUrl(), url);
    await page.useOptions(world.options());
  });
});
