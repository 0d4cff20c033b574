/** `auth.session()`: what the app may know of its session, in a browser and over a reload. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startWorld } from './support/world.mjs';

const TOKEN_SECONDS = 600;

for (const { host, dpop } of [
  { host: 'shared', dpop: 'off' },
  { host: 'dedicated', dpop: 'required' },
]) {
  describe(`facts of a session in a ${host} worker, DPoP ${dpop} (${browserName})`, () => {
    let world;
    let page;
    before(async () => {
      world = await startWorld({ provider: { accessTokenSeconds: TOKEN_SECONDS } });
      page = await world.openPage();
      await page.useOptions(world.options({ host, dpop, scope: 'openid profile offline_access' }));
    });
    after(() => world?.close());

    const ask = (options = {}) => page.run(async (given) => window.auth.session(given), options);
    let facts;

    it('there are none while nobody is signed in', async () => {
      await page.open('/');
      assert.equal(await ask(), null);
    });

    it('tell of the session, and hold no token', async () => {
      const before = Date.now();
      await page.signIn();
      facts = await ask();
      const { startedAt, scopes, accessTokenExpiresAt, ...flags } = facts;
      assert.ok(startedAt >= before && startedAt <= Date.now(), `${startedAt}`);
      assert.equal(accessTokenExpiresAt, startedAt + TOKEN_SECONDS * 1000);
      assert.ok(scopes.includes('openid') && scopes.includes('profile'), `${scopes}`);
      assert.deepEqual(flags, { hasRefreshToken: true, isDpopBound: dpop === 'required' });
      const same = await ask({ resource: `${world.apiOrigin}/me` });
      // Two clocks, of which the one that is ahead counts: they are rounded each by itself.
      assert.ok(Math.abs(same.startedAt - startedAt) < 1000, `${same.startedAt - startedAt} ms`);
      assert.deepEqual(same.scopes, scopes);
    });

    it('refuse a URL that gets no token', async () => {
      await assert.rejects(ask({ resource: 'https://evil.example/' }), { code: 'resource_not_allowed' });
    });

    it('are the same after a reload', async () => {
      await page.open('/');
      const { startedAt, accessTokenExpiresAt, ...others } = await ask();
      assert.ok(Math.abs(startedAt - facts.startedAt) < 1000, `${startedAt - facts.startedAt} ms`);
      assert.ok(Math.abs(accessTokenExpiresAt - facts.accessTokenExpiresAt) < 1000);
      assert.deepEqual(others, {
        scopes: facts.scopes,
        hasRefreshToken: facts.hasRefreshToken,
        isDpopBound: facts.isDpopBound,
      });
      assert.equal(world.provider.tokenRequests.length, 1);
    });

    it('are gone after a sign-out', async () => {
      await page.run(() => window.auth.logout({ localOnly: true }));
      assert.equal(await ask(), null);
    });
  });
}
