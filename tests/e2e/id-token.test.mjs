/**
 * ID tokens in real browsers: every accepted algorithm by the browser's own cryptography, keys that change, and tokens
 * that must not be believed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppPage } from './support/app-page.mjs';
import { browserName } from './support/browser.mjs';
import { startWorld } from './support/world.mjs';

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe(`ID tokens (${browserName})`, () => {
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

  for (const idTokenAlg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    it(`signed with ${idTokenAlg} are accepted`, async () => {
      const other = await startWorld({ provider: { idTokenAlg } });
      try {
        const there = new AppPage(page.driver, other);
        await there.useOptions(other.options());
        await there.open('/');
        await there.signIn();
        assert.equal(await there.run(() => window.auth.user().name), 'Ada Lovelace');
        assert.equal(decode(other.secrets.last('ID token').split('.')[0]).alg, idTokenAlg);
      } finally {
        await page.open('/setup.html');
        await other.close();
      }
    });
  }

  it('signed with a new key are accepted, at a refresh too', async () => {
    await page.open('/');
    await page.signIn();
    const { kid } = await world.provider.rotateKeys();
    world.refuse(world.secrets.last('access token'));
    const refreshes = world.refreshes().length;
    const status = await page.run(
      async (url) => (await window.auth.fetch(url)).status,
      `${world.apiOrigin}/me`,
    );
    assert.equal(status, 200);
    assert.equal(world.refreshes().length, refreshes + 1);
    assert.equal(decode(world.secrets.last('ID token').split('.')[0]).kid, kid);
    assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
  });

  const nonceOfThisSignIn = () => world.secrets.authorizationRequests.at(-1).get('nonce');

  /** Lets a sign-in end with the ID token that `make` makes while the app waits for it, and answers the app's error. */
  async function signInWith(make) {
    world.provider.faults.push({
      grantType: 'authorization_code',
      status: 200,
      get body() {
        return {
          access_token: 'x'.repeat(43),
          token_type: 'Bearer',
          expires_in: 600,
          id_token: make(world.secrets.ofKind('ID token')[0].split('.')).join('.'),
        };
      },
    });
    await page.run(() => window.auth.logout({ localOnly: true }));
    await page.startSignIn();
    await page.ready();
    const { error } = await page.seen();
    assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
    assert.equal(error?.isAuthError, true);
    assert.equal(error.phase, 'callback');
    return error;
  }

  it('of another sign-in are refused', async () => {
    const error = await signInWith((parts) => parts);
    assert.equal(error.code, 'id_token_nonce');
  });

  it('that were changed are refused', async () => {
    const error = await signInWith(([header, payload, signature]) => [
      header,
      encode({ ...decode(payload), at_hash: undefined, nonce: nonceOfThisSignIn(), sub: 'somebody.else' }),
      signature,
    ]);
    assert.equal(error.code, 'id_token_signature');
  });

  it('without a signature are refused', async () => {
    const error = await signInWith(([, payload]) => [
      encode({ alg: 'none' }),
      encode({ ...decode(payload), at_hash: undefined, nonce: nonceOfThisSignIn() }),
      '',
    ]);
    assert.match(error.code, /^id_token_(algorithm|malformed|signature)$/);
  });
});
