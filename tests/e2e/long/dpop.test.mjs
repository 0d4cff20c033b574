/**
 * DPoP (RFC 9449) between the vault, oidc-provider, and an API that verifies each proof with Node's own crypto.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { thumbprint } from '../../server/proofs.mjs';
import { browserName } from '../support/browser.mjs';
import { reportedKeys, reportKeys } from '../support/key-reporter.mjs';
import { findLeaks } from '../support/leaks.mjs';
import { startListener } from '../support/listener.mjs';
import { startWorld } from '../support/world.mjs';

const call = (page, world, path = '/me') =>
  page.run(
    (url) => window.auth.fetch(url).then((response) => response.status, (error) => error.code),
    world.apiOrigin + path,
  ); // prettier-ignore
const untilExpired = (world) => world.untilExpired(world.secrets.last('access token'));

for (const host of ['shared', 'dedicated']) {
  describe(`tokens that are bound to a key, in a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    let jkt;
    before(async () => {
      world = await startWorld({ provider: { accessTokenSeconds: 3 } });
      page = await world.openPage();
      await page.useOptions(world.options({ host, dpop: 'required' }));
    });
    after(() => world?.close());

    const proofs = () => world.api.proofs.seen;
    const isOneKey = () => assert.deepEqual([...new Set(proofs().map((proof) => proof.jkt))], [jkt]);

    it('the authorization request names the key, and the API gets proofs of it', async () => {
      await page.open('/');
      await page.signIn();
      jkt = world.secrets.authorizationRequests.at(-1).get('dpop_jkt');
      assert.match(jkt, /^[\w-]{43}$/);
      assert.equal(await call(page, world, '/me?a=query#and-fragment'), 200);
      assert.equal(world.api.requests.at(-1).scheme, 'dpop');
      isOneKey();
    });

    it('an access token is of no use to anybody who has nothing else', async () => {
      const token = world.secrets.last('access token');
      for (const scheme of ['Bearer', 'DPoP']) {
        const response = await fetch(`${world.apiOrigin}/me`, {
          headers: { authorization: `${scheme} ${token}` },
        });
        assert.equal(response.status, 401, scheme);
      }
    });

    it('methods and bodies go with proofs of their own', async () => {
      const statuses = await page.run(async (url) => {
        const answers = ['POST', 'put', 'PATCH'].map((method) =>
          window.auth.fetch(url, { method, body: 'text' }).then(({ status }) => status),
        );
        return Promise.all(answers);
      }, `${world.apiOrigin}/echo`);
      assert.deepEqual(statuses, [200, 200, 200]);
    });

    it('twenty calls at expiry cost one refresh, and have twenty proofs', async () => {
      await untilExpired(world);
      const [refreshes, before] = [world.refreshes().length, proofs().length];
      const statuses = await page.run(async (url) => {
        const calls = Array.from({ length: 20 }, () => window.auth.fetch(url));
        return (await Promise.all(calls)).map(({ status }) => status);
      }, `${world.apiOrigin}/me`);
      assert.deepEqual([...new Set(statuses)], [200]);
      assert.equal(world.refreshes().length, refreshes + 1);
      const identifiers = proofs().map(({ claims }) => claims.jti);
      assert.ok(identifiers.length >= before + 20);
      assert.equal(new Set(identifiers).size, identifiers.length);
      isOneKey();
    });

    it('a reload keeps the key, and with it the session', async () => {
      const requests = world.provider.tokenRequests.length;
      for (let round = 0; round < 2; round++) {
        await page.open('/');
        assert.equal(await page.run(() => window.auth.checkSession()), true);
        assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
      }
      assert.equal(world.provider.tokenRequests.length, requests);
      await untilExpired(world);
      assert.equal(await call(page, world), 200);
      isOneKey();
    });

    it('a server that wants nonces is asked twice, once', async () => {
      world.provider.dpop.requireNonce = true;
      await page.open('/');
      await untilExpired(world);
      const refreshes = world.refreshes().length;
      // Here a vault may be new, and know of no nonce, or know one from an earlier answer.
      assert.equal(await call(page, world), 200);
      const first = world.refreshes().length - refreshes;
      assert.ok(first === 1 || first === 2, `${first} requests`);
      await untilExpired(world);
      assert.equal(await call(page, world), 200);
      assert.equal(world.refreshes().length - refreshes, first + 1);
      const { events } = await page.seen();
      assert.deepEqual(events.filter(({ type }) => type === 'error'), []); // prettier-ignore
    });

    it('an API that wants nonces is called twice, once, and no refresh is spent on it', async () => {
      world.api.proofs.requireNonce = true;
      await untilExpired(world);
      assert.equal(await call(page, world), 200);
      const refused = () => world.api.requests.filter(({ error }) => error === 'use_dpop_nonce').length;
      assert.equal(refused(), 1);
      const refreshes = world.refreshes().length;
      for (let round = 0; round < 3; round++) assert.equal(await call(page, world), 200);
      assert.equal(refused(), 1, 'each answer brought the next nonce');
      world.api.proofs.renewNonce();
      assert.equal(await call(page, world), 200);
      assert.equal(refused(), 2);
      assert.ok(world.refreshes().length <= refreshes + 1);
    });

    it('an API that hides its nonce is named by the error', async () => {
      world.api.proofs.hidesNonce = true;
      world.api.proofs.renewNonce();
      await assert.rejects(
        page.run((url) => window.auth.fetch(url), `${world.apiOrigin}/me`),
        ({ code, message }) =>
          code === 'dpop_nonce_hidden' &&
          message.includes('Access-Control-Expose-Headers: DPoP-Nonce') &&
          message.includes(world.apiOrigin),
      );
      world.api.proofs.hidesNonce = false;
      assert.equal(await call(page, world), 200);
    });

    it('a sign-out revokes the refresh token without a proof', async () => {
      const token = world.secrets.last('refresh token');
      assert.equal(await world.isActive(token), true);
      await page.signOut();
      assert.equal(await world.isActive(token), false);
    });
  });
}

describe(`servers that DPoP does not work with (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { dpop: { requireNonce: true, hidesNonce: true } } });
    page = await world.openPage();
  });
  after(() => world?.close());

  it('one that hides its nonce', async () => {
    await page.useOptions(world.options({ dpop: 'required' }));
    await page.open('/');
    await assert.rejects(page.signIn(), { code: 'dpop_nonce_hidden', phase: 'callback' });
  });
});

describe(`a server that knows nothing of DPoP (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { dpop: { enabled: false } } });
    page = await world.openPage();
  });
  after(() => world?.close());

  const openWith = async (options) => {
    await page.useOptions(world.options(options));
    await page.open('/');
  };

  it("is an error where it is 'required', before the person goes anywhere", async () => {
    await openWith({ dpop: 'required', host: 'dedicated' });
    const login = page.run(() => window.auth.loginWithRedirect());
    await assert.rejects(login, { code: 'dpop_unsupported', phase: 'login' });
    assert.equal(world.secrets.authorizationRequests.length, 0);
  });

  it('is an error as well where its metadata promises DPoP and its tokens are bearer tokens', async () => {
    const response = await fetch(`${world.issuer}/.well-known/openid-configuration`);
    const metadata = { ...(await response.json()), dpop_signing_alg_values_supported: ['ES256'] };
    await openWith({ dpop: 'required', host: 'dedicated', metadata });
    await assert.rejects(
      page.signIn(),
      ({ code, message }) => code === 'token_response_invalid' && message.includes('DPoP'),
    );
    assert.equal(await page.run(() => window.auth?.isAuthenticated() ?? false), false);
  });

  it("is as good as any where it is 'auto'", async () => {
    await openWith({ dpop: 'auto', host: 'dedicated' });
    await page.signIn();
    assert.equal(await call(page, world), 200);
    assert.equal(world.api.requests.at(-1).scheme, 'bearer');
  });
});

for (const algorithm of ['Ed25519', 'EdDSA']) {
  describe(`a server that lists ${algorithm} alone (${browserName})`, () => {
    let world;
    let page;
    before(async () => {
      world = await startWorld({ provider: { dpop: { algorithms: [algorithm] } } });
      page = await world.openPage();
      await page.useOptions(world.options({ dpop: 'required' }));
    });
    after(() => world?.close());

    it('gets proofs by it', async () => {
      await page.open('/');
      await page.signIn();
      assert.equal(await call(page, world), 200);
      assert.equal(world.api.requests.at(-1).scheme, 'dpop');
      assert.equal(world.api.proofs.seen[0].alg, algorithm);
    });
  });
}

for (const host of ['shared', 'dedicated']) {
  describe(`an injected script sees nothing of the key of a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    let listener;
    const records = [];
    before(async () => {
      listener = await startListener({ answersAtOnce: true });
      world = await startWorld({
        page: '/probed.html',
        provider: { accessTokenSeconds: 2, dpop: { requireNonce: true } },
        moreApis: [listener.origin],
        prepareAssets: reportKeys(listener.origin),
      });
      page = await world.openPage();
      await page.useOptions(world.options({ host, dpop: 'required' }));
    });
    after(async () => {
      await world?.close();
      await listener?.close();
    });

    const look = async (moment) => {
      const seen = await page.run(async (label) => {
        await window.__probe.dump(label);
        return window.__probe.take();
      }, moment);
      records.push(...seen);
    };

    it('while the key waits for the person to come back, in a session, over a reload and a refresh', async () => {
      await page.open('/start');
      await page.startSignIn();
      const atTheServer = await page.formUrl();
      await page.open('/gallery.html');
      await look('sign-in under way');
      await page.driver.get(atTheServer);
      await page.typeCredentials();
      await page.ready();
      assert.equal((await page.seen()).error, null);
      assert.equal(await call(page, world), 200);
      await look('signed in');
      await page.open('/start');
      await untilExpired(world);
      assert.equal(await call(page, world), 200);
      await look('refreshed');
      records.push({ where: 'console', text: await page.browser.consoleText() });
    });

    it('and it is known what to look for', () => {
      const keys = reportedKeys(listener);
      assert.equal(keys.length, 1);
      const [key] = keys;
      const jkt = world.secrets.authorizationRequests.at(-1).get('dpop_jkt');
      assert.equal(thumbprint(key), jkt);
      const stored = records.filter(({ where }) => /IndexedDB holdfast/.test(where));
      assert.ok(stored.some(({ text }) => text.includes(key.x)));
      const secrets = new Map([...world.secrets.all, [key.d, 'private key']]);
      const leaks = findLeaks(records, secrets).map(({ kind, where }) => `${kind} in "${where}"`);
      assert.deepEqual([...new Set(leaks)], []);
      // The same scan finds it where it is.
      assert.equal(findLeaks([{ where: 'a test', text: `x${key.d}` }], secrets).length, 1);
    });
  });
}
