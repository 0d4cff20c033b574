/**
 * RFC 9470, the whole round: an API asks for a newer and stronger sign-in, the app is told, sends the person to the
 * server with it, and goes on where it was.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By } from 'selenium-webdriver';
import { browserName } from './support/browser.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const STRONG = 'urn:example:strong';

describe(`step-up (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { accessTokenSeconds: 600 } });
    page = await world.openPage();
    await page.useOptions(world.options());
    await page.open('/');
    await page.signIn();
  });
  after(() => world?.close());

  const callOf = (url) =>
    page.run(async (given) => {
      const response = await window.auth.fetch(given);
      return { status: response.status, body: await response.json() };
    }, url);
  const stepUps = async () => (await page.seen()).events.filter(({ type }) => type === 'stepup');

  it('call, event, sign-in, and the same call succeeds', async () => {
    // From the next second on, so that the sign-in of just now is too old for sure.
    const since = Math.floor(Date.now() / 1000) + 1;
    await waitFor(() => Date.now() / 1000 >= since, 'the next second');
    const url = `${world.apiOrigin}/step-up?since=${since}&acr=${STRONG}`;
    const { status, body } = await callOf(url);
    assert.deepEqual([status, body.error], [401, 'insufficient_user_authentication']);
    const [{ detail }, ...more] = await stepUps();
    assert.deepEqual(detail, { acrValues: STRONG, maxAge: 0 });
    assert.deepEqual(more, []);
    assert.equal(world.refreshes().length, 0);
    assert.equal(world.api.requests.filter(({ path }) => path === '/step-up').length, 1);
    assert.equal(await page.run(() => window.auth.isAuthenticated()), true, 'the session is as it was');

    const { askedForCredentials } = await page.signIn({ stepUp: detail, appState: { retry: url } });
    assert.equal(askedForCredentials, true, 'though the server knows the browser');
    const request = world.secrets.authorizationRequests.at(-1);
    assert.deepEqual([request.get('acr_values'), request.get('max_age')], [STRONG, '0']);
    const { callback } = await page.seen();
    assert.deepEqual([callback.isSignedIn, callback.appState], [true, { retry: url }]);
    const again = await callOf(callback.appState.retry);
    assert.equal(again.status, 200);
    assert.equal(again.body.signedInBy, STRONG);
    assert.ok(again.body.signedInAt >= since);
    const claims = await page.run(() => window.auth.idTokenClaims());
    assert.deepEqual([claims.acr, claims.auth_time], [STRONG, again.body.signedInAt]);
    assert.equal(world.refreshes().length, 0);
  });

  it('a person who cancels stays signed in as before', async () => {
    const identity = () => page.run(() => window.auth.idTokenClaims());
    const before = await identity();
    await page.startSignIn({ stepUp: { acrValues: STRONG, maxAge: 0 } });
    await page.formUrl();
    await page.driver.findElement(By.css('button[value="cancel"]')).click();
    await page.ready();
    const { error } = await page.seen();
    assert.deepEqual([error.code, error.oauth.error], ['authorization_refused', 'access_denied']);
    assert.deepEqual(await identity(), before);
    assert.equal((await callOf(`${world.apiOrigin}/me`)).status, 200);
    assert.equal(world.refreshes().length, 0);
  });

  it('an API that is never content leads nobody in circles', async () => {
    const url = `${world.apiOrigin}/step-up?since=${Math.floor(Date.now() / 1000) + 100_000}`;
    await page.signIn({ stepUp: { maxAge: 0 } });
    const visits = world.secrets.authorizationRequests.length;
    const isCall = ({ path }) => path === '/step-up';
    const calls = world.api.requests.filter(isCall).length;
    for (const count of [1, 2]) {
      assert.equal((await callOf(url)).status, 401);
      assert.equal((await stepUps()).length, count, 'one event for a call');
      assert.equal(world.api.requests.filter(isCall).length, calls + count, 'which is not repeated');
    }
    assert.equal(world.secrets.authorizationRequests.length, visits);
    assert.equal(world.refreshes().length, 0);
  });

  it('every page of the session is told', async () => {
    const other = await page.run(async (options) => {
      const auth = await window.e2e.createAuthClient(options);
      window.other = auth;
      window.e2e.others = [];
      window.e2e.recordEvents(auth, window.e2e.others);
      return auth.isAuthenticated();
    }, world.options());
    // Without shared workers each client has a vault of its own.
    const isShared = await page.run(() => !!window.SharedWorker);
    assert.equal(other, isShared);
    const { status } = await callOf(`${world.apiOrigin}/step-up?acr=urn:example:nobody`);
    assert.equal(status, 401);
    const told = await page.run(() => window.e2e.others.filter(({ type }) => type === 'stepup'));
    assert.deepEqual(
      told.map(({ detail }) => detail),
      isShared ? [{ acrValues: 'urn:example:nobody', maxAge: null }] : [],
    );
    await page.run(() => window.other.close());
  });

  it('what is no such event is refused', async () => {
    const before = await page.driver.getCurrentUrl();
    for (const stepUp of [
      STRONG,
      { acrValues: 7 },
      { maxAge: '60' },
      { maxAge: -1 },
      { acr_values: STRONG },
    ]) {
      await assert.rejects(
        page.run((given) => window.auth.loginWithRedirect({ stepUp: given }), stepUp),
        { isAuthError: true, code: 'invalid_argument', phase: 'login' },
        JSON.stringify(stepUp),
      );
    }
    assert.equal(await page.driver.getCurrentUrl(), before);
  });
});
