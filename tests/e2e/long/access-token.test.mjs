/**
 * `auth.accessToken()`: a door that stays shut unless the app was created with it open, and then gives what `auth.fetch`
 * would send.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../support/browser.mjs';
import { startWorld } from '../support/world.mjs';

describe(`auth.accessToken (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { accessTokenSeconds: 5 } });
    page = await world.openPage();
  });
  after(() => world?.close());

  const start = async (more) => {
    await page.useOptions(world.options(more));
    await page.open('/');
  };
  const ask = (options) => page.run((given) => window.auth.accessToken(given ?? undefined), options ?? null);

  it('is refused by the vault without the option, signed in or not', async () => {
    await start();
    await assert.rejects(ask(), { isAuthError: true, code: 'access_token_not_exposed', phase: 'fetch' });
    await page.signIn();
    for (const options of [
      undefined,
      { resource: `${world.apiOrigin}/me` },
      { resource: 'https://evil.example/' },
    ]) {
      await assert.rejects(ask(options), { isAuthError: true, code: 'access_token_not_exposed' });
    }
  });

  it('gives the token that calls go out with, and a new one when it has expired', async () => {
    await start({ exposeAccessToken: true, resources: [`${world.apiOrigin}/me`] });
    assert.equal(await page.run(() => window.auth.isAuthenticated()), false, 'another vault');
    await assert.rejects(ask(), { isAuthError: true, code: 'login_required' });
    await page.signIn();
    const first = await ask();
    assert.ok(first.length > 20 && first === world.secrets.last('access token'));
    await assert.rejects(ask({ resource: `${world.apiOrigin}/time` }), {
      isAuthError: true,
      code: 'resource_not_allowed',
    });
    await world.untilExpired(first);
    const before = world.refreshes().length;
    const [tokens, status] = await page.run(async (url) => {
      const wishes = [{}, {}, { resource: url }].map((options) => window.auth.accessToken(options));
      return [await Promise.all(wishes), (await window.auth.fetch(url)).status];
    }, `${world.apiOrigin}/me`);
    const last = world.secrets.last('access token');
    assert.notEqual(last, first);
    assert.deepEqual(tokens, [last, last, last]);
    assert.equal(status, 200);
    assert.equal(world.refreshes().length, before + 1);
  });

  it('gets no session that was left by a vault without the option', async () => {
    const options = (more) =>
      world.options({ host: 'dedicated', resources: [`${world.apiOrigin}/time`], ...more });
    /** Loads the page again, with these options. */
    const reload = async (more) => {
      await page.run((given) => sessionStorage.setItem('e2e-options', given), JSON.stringify(options(more)));
      await page.open('/');
      return page.run(() => window.auth.isAuthenticated());
    };
    await page.useOptions(options());
    await page.open('/');
    await page.signIn();
    await page.open('/');
    assert.equal(await reload(), true, 'the escrow has kept it');
    assert.equal(await reload({ exposeAccessToken: true }), false);
    await assert.rejects(ask(), { isAuthError: true, code: 'login_required' });
    assert.equal(await reload(), true, 'it is still there for its own');
  });
});
