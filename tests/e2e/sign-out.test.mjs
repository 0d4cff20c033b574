/**
 * What a sign-out does at the server: it revokes the refresh token, and leads there and back whatever the revocation comes to. A
 * revocation has to be on its way before the navigation ends the worker that sends it. And the other way about: what the server ends.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By } from 'selenium-webdriver';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor, waitForElement } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

for (const host of ['shared', 'dedicated']) {
  describe(`signing out from a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    // Another origin, to which no connection is open yet: the request takes its time to leave.
    let revocation;
    before(async () => {
      revocation = await startListener({ answersAtOnce: true });
      world = await startWorld({ moreApis: [revocation.origin] });
      const discovered = await fetch(`${world.issuer}/.well-known/openid-configuration`);
      const metadata = { ...(await discovered.json()), revocation_endpoint: `${revocation.origin}/revoke` };
      page = await world.openPage();
      await page.useOptions(world.options({ host, metadata }));
    });
    after(async () => {
      await world?.close();
      await revocation?.close();
    });

    for (const attempt of [1, 2, 3]) {
      it(`revokes the refresh token, attempt ${attempt}`, async () => {
        await page.open('/');
        await page.signIn();
        await page.signOut();
        await waitFor(() => revocation.requests.length >= attempt, 'the revocation', { timeoutMs: 3000 });
        assert.equal(revocation.requests.length, attempt);
        const { method, path } = revocation.requests.at(-1);
        assert.deepEqual([method, path], ['POST', '/revoke']);
      });
    }
  });
}

/** Where a sign-out's revocation goes in these tests, and what the server says otherwise. */
async function metadataWith(world, more) {
  const discovered = await fetch(`${world.issuer}/.well-known/openid-configuration`);
  return { ...(await discovered.json()), ...more };
}

describe(`signing out where the revocation fails (${browserName})`, () => {
  let world;
  let page;
  let revocation;
  let answer;
  before(async () => {
    revocation = await startListener({ answersAtOnce: (entry) => answer(entry) });
    world = await startWorld({ moreApis: [revocation.origin] });
    page = await world.openPage();
    const metadata = await metadataWith(world, { revocation_endpoint: `${revocation.origin}/revoke` });
    await page.useOptions(world.options({ metadata }));
  });
  after(async () => {
    await world?.close();
    await revocation?.close();
  });

  const cases = {
    'allows no origin': ({ response }) => {
      response.removeHeader('access-control-allow-origin');
      response.end('{}');
    },
    'never answers': () => {},
    'breaks the connection off': ({ response }) => response.destroy(),
    'is busy': ({ response }) => response.writeHead(503, { 'retry-after': '60' }).end(),
    'knows no such token': (entry) => entry.answer(400, '{"error":"unsupported_token_type"}'),
  };
  for (const [name, way] of Object.entries(cases)) {
    it(`leads to the server and back all the same: the endpoint ${name}`, async () => {
      answer = way;
      const before = revocation.requests.length;
      await page.open('/');
      await page.signIn();
      await page.signOut();
      assert.ok(revocation.requests.length > before, 'it was asked');
      assert.equal(await page.run(() => window.auth.checkSession()), false);
    });
  }

  it('a local sign-out is done all the same', async () => {
    answer = cases['never answers'];
    await page.open('/');
    await page.signIn();
    const before = revocation.requests.length;
    assert.equal(
      await page.run(async () => {
        const done = window.auth.logout({ localOnly: true });
        await new Promise((resolve) => window.auth.on('signedout', resolve));
        const isSignedOut = !window.auth.isAuthenticated();
        await done;
        return isSignedOut;
      }),
      true,
    );
    assert.equal(revocation.requests.length, before + 1);
  });
});

describe(`coming back from a sign-out to the redirect URI (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ afterSignOut: '/callback' });
    page = await world.openPage();
    await page.useOptions(world.options());
    await page.open('/');
    await page.signIn();
  });
  after(() => world?.close());

  const isNoCallback = async (query) => {
    const { url, callback, error } = await page.seen();
    assert.equal(url, `${world.redirectUri}${query}`);
    assert.equal(error, null);
    assert.equal(callback.handled, false);
    assert.equal(await page.run(() => window.auth.checkSession()), false);
  };

  it('brings back the state that the app gave', async () => {
    await page.signOut({ state: 'of-the-app' });
    await isNoCallback('?state=of-the-app');
  });

  for (const query of ['?state=another', '']) {
    it(`and nothing happens at ${query || 'no state'}`, async () => {
      await page.open(`/callback${query}`);
      await isNoCallback(query);
    });
  }
});

describe(`a session that ends at the server (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { accessTokenSeconds: 2, tokensEndWithSession: true } });
    page = await world.openPage();
    await page.useOptions(world.options());
    await page.open('/');
    await page.signIn();
  });
  after(() => world?.close());

  it('is seen at the next refresh, and told once', async () => {
    const { driver } = page;
    const app = await driver.getWindowHandle();
    // Another app has sent the person there, say.
    await driver.switchTo().newWindow('tab');
    await driver.get(`${world.issuer}/session/end`);
    const yes = By.css('[data-testid="confirm-sign-out"]');
    await (await waitForElement(driver, yes, "the server's sign-out page")).click();
    await waitFor(async () => (await driver.findElements(yes)).length === 0, 'the session to end');
    await driver.switchTo().window(app);
    assert.ok(await page.run(() => window.auth.isAuthenticated()), 'nobody has heard of it yet');

    await world.untilExpired(world.secrets.last('access token'));
    const refreshes = world.refreshes().length;
    const codes = await page.run(
      (url) =>
        Promise.all(
          [1, 2, 3].map(() =>
            window.auth.fetch(url).then(
              ({ status }) => status,
              ({ code }) => code,
            ),
          ),
        ),
      `${world.apiOrigin}/me`,
    );
    assert.deepEqual(codes, Array(3).fill('session_expired'));
    assert.equal(world.refreshes().length, refreshes + 1);
    const { events } = await page.seen();
    const ends = events.filter(({ type }) => type === 'sessionexpired');
    assert.deepEqual(ends.map(({ detail }) => detail), [{ reason: 'refused' }]); // prettier-ignore
    assert.equal(await page.run(() => window.auth.checkSession()), false);
  });
});
