/**
 * The life of a session, measured at the servers: sign in, call the API, let the token expire, call again with one
 * refresh, sign out, be refused.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld, tokenRequests } from './support/world.mjs';

// Each token lives long enough for a sign-in on a slow machine and is soon over.
const TOKEN_SECONDS = 2;

for (const host of ['shared', 'dedicated']) {
  describe(`a session in a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    before(async () => {
      world = await startWorld({ provider: { accessTokenSeconds: TOKEN_SECONDS } });
      page = await world.openPage();
      await page.useOptions(world.options({ host }));
    });
    after(() => world?.close());

    const callApi = () =>
      page.run(async (url) => {
        const response = await window.auth.fetch(url);
        return { status: response.status, body: await response.json() };
      }, `${world.apiOrigin}/me`);
    const untilTokenExpired = () => world.untilExpired(world.secrets.last('access token'));
    const apiAnswers = () => world.api.requests.map(({ authorization }) => authorization);

    it('nobody is signed in at first', async () => {
      await page.open('/notes/7?tab=2#third');
      const state = await page.run(async () => [
        window.auth.isAuthenticated(),
        await window.auth.checkSession(),
        window.auth.user(),
        window.auth.idTokenClaims(),
      ]);
      assert.deepEqual(state, [false, false, null, null]);
      await assert.rejects(callApi(), { isAuthError: true, code: 'login_required' });
      assert.deepEqual(world.provider.tokenRequests, []);
      assert.deepEqual(world.api.requests, []);
    });

    it('a page that is no callback is left alone', async () => {
      const answer = await page.run(() => window.auth.handleRedirectCallback());
      assert.equal(answer.handled, false);
      assert.equal((await page.seen()).url, `${world.siteOrigin}/notes/7?tab=2#third`);
    });

    it("signs in on the server's own page and comes back to the place where it started", async () => {
      const { askedForCredentials } = await page.signIn({ name: 'Ada Lovelace' });
      assert.ok(askedForCredentials);
      const { opened, url, historyLength, callback } = await page.seen();
      const answer = new URL(opened.url);
      assert.equal(answer.origin + answer.pathname, world.redirectUri);
      assert.ok(answer.searchParams.has('code') && answer.searchParams.has('state'));
      assert.equal(url, `${world.siteOrigin}/notes/7?tab=2#third`);
      assert.equal(historyLength, opened.historyLength, 'the callback must not add an entry to the history');
      assert.equal(callback.returnTo, '/notes/7?tab=2#third');
      assert.equal(tokenRequests(world.provider, 'authorization_code').length, 1);
    });

    it('knows who signed in', async () => {
      const { user, claims, signedIn, stillSignedIn } = await page.run(async () => ({
        user: window.auth.user(),
        claims: window.auth.idTokenClaims(),
        signedIn: window.auth.isAuthenticated(),
        stillSignedIn: await window.auth.checkSession(),
      }));
      assert.deepEqual([signedIn, stillSignedIn], [true, true]);
      assert.equal(user.name, 'Ada Lovelace');
      assert.equal(user.sub, 'ada.lovelace');
      assert.equal(claims.iss, world.issuer);
      assert.ok([claims.aud].flat().includes('holdfast-demo'));
    });

    it('calls the API', async () => {
      // The sign-in may have taken as long as the token lives; what counts is that the API is content.
      const { status, body } = await callApi();
      assert.equal(status, 200);
      assert.equal(body.subject, 'ada.lovelace');
      assert.ok(!apiAnswers().includes('refused'));
    });

    it('makes no token request while nothing needs a token, and one when a call does', async () => {
      const before = world.refreshes().length;
      const token = world.secrets.last('access token');
      await untilTokenExpired();
      assert.equal(await world.isActive(token), false);
      assert.equal(world.refreshes().length, before, 'nothing was renewed on a timer');
      assert.equal((await callApi()).status, 200);
      assert.equal(world.refreshes().length, before + 1);
      assert.notEqual(world.secrets.last('access token'), token);
      assert.ok(!apiAnswers().includes('refused'), 'the expired token was not even tried');
    });

    it('answers 20 calls after expiry with one refresh', async () => {
      const before = world.refreshes().length;
      await untilTokenExpired();
      const statuses = await page.run(async (url) => {
        const responses = await Promise.all(Array.from({ length: 20 }, () => window.auth.fetch(url)));
        return responses.map(({ status }) => status);
      }, `${world.apiOrigin}/time`);
      assert.deepEqual(statuses, Array(20).fill(200));
      assert.equal(world.refreshes().length, before + 1);
      assert.ok(!apiAnswers().includes('refused'));
    });

    it('rotates: every refresh token was used once', () => {
      const refreshTokens = world.secrets.ofKind('refresh token');
      assert.equal(refreshTokens.length, world.refreshes().length + 1);
      assert.ok(world.refreshes().every(({ status }) => status === 200));
    });

    it('signs out of the app alone where that is asked for', async () => {
      await page.run(() => window.auth.logout({ localOnly: true }));
      const { url } = await page.seen();
      assert.equal(url, `${world.siteOrigin}/notes/7?tab=2#third`);
      assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
      assert.equal(await page.run(() => window.auth.user()), null);
      const calls = world.api.requests.length;
      await assert.rejects(callApi(), { isAuthError: true, code: 'login_required' });
      assert.equal(world.api.requests.length, calls);
    });

    it('has told all of it in order', async () => {
      const { events } = await page.seen();
      const types = events.map(({ type }) => type);
      const refreshes = world.refreshes().length;
      assert.deepEqual(types, ['signedin', ...Array(refreshes).fill('refreshed'), 'signedout']);
      assert.equal(events[0].detail.user.name, 'Ada Lovelace');
      assert.equal(events[1].detail.expiresInSeconds, TOKEN_SECONDS);
      assert.equal(typeof events.at(-1).detail.reason, 'string');
    });

    it('signs in again without being asked, brings the app state back, and leaves the history alone', async () => {
      await page.run(() => {
        history.replaceState({ mark: 'first' }, '', '/first');
        history.pushState({ mark: 'second' }, '', '/second');
      });
      const { historyLength } = await page.seen();
      const appState = { text: 'grüße ✓', list: [1, { deep: null }] };
      const { askedForCredentials } = await page.signIn({ appState, returnTo: '/elsewhere?x=1#y' });
      assert.equal(askedForCredentials, false, 'the session at the server was not touched by localOnly');
      const seen = await page.seen();
      assert.deepEqual(seen.callback.appState, appState);
      assert.equal(seen.url, `${world.siteOrigin}/elsewhere?x=1#y`);

      const added = seen.historyLength - historyLength;
      await page.run((steps) => void history.go(steps), -added);
      assert.deepEqual(await untilAt('/second'), { mark: 'second' });
      await page.run(() => void history.back());
      assert.deepEqual(await untilAt('/first'), { mark: 'first' });
    });

    async function untilAt(path) {
      await page.waitForUrl(`${world.siteOrigin}${path}`);
      await page.ready();
      return page.run(() => history.state);
    }

    it('signs out at the server too', async () => {
      await page.open('/');
      await page.signIn();
      const refreshToken = world.secrets.last('refresh token');
      assert.equal((await callApi()).status, 200);
      await page.signOut();
      assert.equal((await page.seen()).url, `${world.siteOrigin}/`);
      assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
      await assert.rejects(callApi(), { isAuthError: true, code: 'login_required' });
      await waitFor(async () => !(await world.isActive(refreshToken)), 'the refresh token to be revoked');
      const { askedForCredentials } = await page.signIn({ name: 'Grace Hopper' });
      assert.ok(askedForCredentials, 'the session at the server is gone');
      assert.equal(await page.run(() => window.auth.user().name), 'Grace Hopper');
    });
  });
}
