/** Token exchange (RFC 8693) with a real server: the token for one API is bought with the sign-in's own. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi } from '../server/api.mjs';
import { TOKEN_EXCHANGE } from '../server/token-exchange.mjs';
import { browserName } from './support/browser.mjs';
import { freePort } from './support/program.mjs';
import { startWorld, tokenRequests } from './support/world.mjs';

describe(`token exchange (${browserName})`, () => {
  let world;
  let page;
  let ledger;
  before(async () => {
    const port = await freePort();
    world = await startWorld({
      provider: { accessTokenSeconds: 4, tokenExchange: true },
      moreApis: [`http://127.0.0.1:${port}`],
    });
    const { issuer, introspection } = world.provider;
    ledger = await startApi({ port, issuer, introspection });
    page = await world.openPage();
  });
  after(async () => {
    await ledger?.close();
    await world?.close();
  });

  const signIn = async (audience) => {
    const exchanged = { url: `${ledger.origin}/`, audience, scope: 'entries', exchange: true };
    await page.useOptions(world.options({ resources: [`${world.api.origin}/`, exchanged] }));
    await page.open('/');
    await page.signIn();
  };
  const call = (...urls) =>
    page.run(async (given) => {
      const answers = await Promise.allSettled(given.map((url) => window.auth.fetch(url)));
      return answers.map(({ value, reason }) => value?.status ?? [reason.code, reason.oauth?.error]);
    }, urls);
  const exchanges = () => tokenRequests(world.provider, TOKEN_EXCHANGE);

  it('each API gets its own, and one exchange does for many calls', async () => {
    await signIn(`${ledger.origin}/`);
    const asked = world.secrets.authorizationRequests.at(-1);
    assert.deepEqual([asked.get('audience'), asked.get('scope').includes('entries')], [null, false]);
    const urls = [world.api, ledger, ledger].map(({ origin }) => `${origin}/me`);
    assert.deepEqual(await call(...urls), [200, 200, 200]);
    assert.deepEqual(
      exchanges().map(({ audience, status }) => [audience, status]),
      [[`${ledger.origin}/`, 200]],
    );
    assert.equal(world.refreshes().length, 0);
  });

  it('when both have expired, there is one refresh and one exchange', async () => {
    await world.untilExpired(world.secrets.last('access token'));
    const before = exchanges().length;
    const urls = [ledger, world.api, ledger].map(({ origin }) => `${origin}/me`);
    assert.deepEqual(await call(...urls), [200, 200, 200]);
    assert.equal(world.refreshes().length, 1);
    assert.equal(exchanges().length, before + 1);
  });

  it('after a reload the session goes on', async () => {
    const before = world.provider.tokenRequests.length;
    await page.open('/');
    assert.deepEqual(await call(`${ledger.origin}/me`), [200]);
    const since = world.provider.tokenRequests.slice(before).map(({ grantType }) => grantType);
    assert.ok(!since.includes('authorization_code'));
  });

  it('a refusal is told to whoever called that API, and the session lives', async () => {
    await signIn('forbidden');
    assert.deepEqual(await call(`${ledger.origin}/me`), [['token_exchange_refused', 'invalid_target']]);
    assert.deepEqual(await call(`${world.api.origin}/me`), [200]);
    assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
  });
});
