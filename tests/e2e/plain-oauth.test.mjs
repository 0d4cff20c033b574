/** A session with a server that has OAuth 2.0 and no OpenID Connect (`openid: false`): the same life, and nobody knows whose. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { plainOauth } from '../server/plain-oauth.mjs';
import { browserName } from './support/browser.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const TOKEN_SECONDS = 2;

for (const { host, dpop, strayIdToken } of [
  { host: 'shared', dpop: 'required' },
  { host: 'dedicated', dpop: 'off', strayIdToken: 'no.id.token' },
]) {
  describe(`plain OAuth 2.0 in a ${host} worker, DPoP ${dpop} (${browserName})`, () => {
    const { watch, requests } = plainOauth({ strayIdToken });
    let world;
    let page;
    before(async () => {
      world = await startWorld({ provider: { accessTokenSeconds: TOKEN_SECONDS, watch } });
      page = await world.openPage();
      await page.useOptions(world.options({ host, dpop, openid: false, scope: 'profile' }));
    });
    after(() => world?.close());

    const asked = (path) => requests.filter((request) => request.path === path);
    const callApi = () =>
      page.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`);
    const look = () =>
      page.run(async () => [
        window.auth.isAuthenticated(),
        await window.auth.checkSession(),
        window.auth.user(),
        window.auth.idTokenClaims(),
      ]);

    it('signs somebody in, of whom nothing is known', async () => {
      await page.open('/notes');
      await page.signIn();
      assert.deepEqual(await look(), [true, true, null, null]);
      const { events, callback, url } = await page.seen();
      assert.deepEqual([callback.handled, callback.isSignedIn], [true, true]);
      assert.equal(url, `${world.siteOrigin}/notes`);
      assert.deepEqual(
        events.map(({ type, detail }) => [type, detail.user]),
        [['signedin', null]],
      );
    });

    it('asks for nothing that only OpenID Connect has', () => {
      const [{ query }] = asked('/auth');
      assert.equal(query.get('scope'), 'profile');
      assert.ok(query.has('state') && query.has('code_challenge') && !query.has('nonce'));
      assert.equal(query.has('dpop_jkt'), dpop === 'required');
      assert.ok(asked('/.well-known/oauth-authorization-server').length > 0);
      for (const path of ['/.well-known/openid-configuration', '/jwks']) {
        assert.deepEqual(asked(path), [], path);
      }
    });

    it('calls the API, before and after the token is over', async () => {
      assert.equal(await callApi(), 200);
      await world.untilExpired(world.secrets.last('access token'));
      assert.equal(await callApi(), 200);
      assert.ok(world.refreshes().length > 0);
      assert.deepEqual(await look(), [true, true, null, null]);
    });

    it('keeps the session over a reload', async () => {
      const codes = asked('/auth').length;
      await page.open('/notes');
      assert.deepEqual(await look(), [true, true, null, null]);
      assert.equal(await callApi(), 200);
      assert.equal(asked('/auth').length, codes);
    });

    it('ends by revocation, and the page stays where it is', async () => {
      const token = world.secrets.last('refresh token');
      await page.run(() => window.auth.logout());
      await waitFor(async () => !(await world.isActive(token)), 'the revocation');
      assert.deepEqual(await look(), [false, false, null, null]);
      assert.equal((await page.seen()).url, `${world.siteOrigin}/notes`);
      await assert.rejects(callApi(), { code: 'login_required' });
    });
  });
}
