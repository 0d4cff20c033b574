/**
 * What becomes of a token when the API answers with a redirect. The worker's CSP admits the other server here, so it is
 * the library, and the browser's own rules, that have to keep the token back.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { startWorld } from './support/world.mjs';

const STATUSES = [301, 302, 303, 307, 308];

describe(`redirects (${browserName})`, () => {
  let world;
  let page;
  let api;
  /** Another origin: it writes down what arrives, and sends back to the API what asks for that. */
  let elsewhere;
  before(async () => {
    elsewhere = await startListener({
      answersAtOnce({ path, response, answer }) {
        const back = new URL(path, 'http://elsewhere').searchParams.get('back');
        if (back) response.writeHead(302, { location: back }).end();
        else answer();
      },
    });
    world = await startWorld({ provider: { accessTokenSeconds: 600 }, moreApis: [elsewhere.origin] });
    api = world.apiOrigin;
    page = await world.openPage();
    await page.useOptions(world.options({ resources: [api] }));
    await page.open('/');
    await page.signIn();
  });
  after(async () => {
    await world?.close();
    await elsewhere?.close();
  });

  /** What the page sees of a call, and what the servers saw of it. */
  async function call(target, { status = 302, ...init } = {}) {
    const calls = world.api.requests.length;
    const others = elsewhere.requests.length;
    const url = `${api}/redirect?status=${status}&to=${encodeURIComponent(target)}`;
    const outcome = await page.run(
      async (...given) => {
        try {
          const { status, type, url, redirected } = await window.auth.fetch(...given);
          return { status, type, url, redirected };
        } catch ({ name, code }) {
          return { name, code };
        }
      },
      url,
      init,
    );
    const seen = world.api.requests.slice(calls).filter(({ path }) => path !== '/redirect');
    return { outcome, seen, there: elsewhere.requests.slice(others) };
  }

  function assertBare(requests) {
    const known = [...world.secrets.all.keys()];
    assert.ok(known.length > 0);
    for (const { path, headers } of requests) {
      assert.equal(headers.authorization, undefined);
      const text = JSON.stringify([path, headers]);
      assert.ok(!known.some((secret) => text.includes(secret)), text);
    }
  }

  for (const status of STATUSES) {
    it(`${status} is an error unless the caller asks for something else`, async () => {
      for (const target of [`${api}/me`, `${elsewhere.origin}/stolen`]) {
        const { outcome, seen, there } = await call(target, { status });
        assert.equal(outcome.name, 'TypeError');
        assert.deepEqual([seen, there], [[], []], 'nobody went there');
      }
    });

    it(`${status} within the origin is followed with the token, for a caller who asks`, async () => {
      const { outcome, seen } = await call(`${api}/me`, { status, redirect: 'follow' });
      // WebKit drops the header at every redirect.
      const [answer, arrived] = browserName === 'webkit' ? [401, 'none'] : [200, 'valid'];
      assert.deepEqual(outcome, { status: answer, type: 'cors', url: `${api}/me`, redirected: true });
      assert.deepEqual(
        seen.map(({ path, authorization }) => [path, authorization]),
        [['/me', arrived]],
      );
    });

    it(`${status} to another origin brings no token there, and the answer is refused`, async () => {
      for (const method of ['GET', 'POST']) {
        const body = method === 'POST' ? 'words' : undefined;
        const { outcome, there } = await call(`${elsewhere.origin}/stolen`, {
          status,
          method,
          body,
          redirect: 'follow',
        });
        assert.deepEqual(outcome, { name: 'AuthError', code: 'redirect_refused' });
        assert.equal(there.length, 1);
        assertBare(there);
      }
    });

    it(`${status} over another origin and back brings no token back`, async () => {
      const refreshes = world.refreshes().length;
      const over = `${elsewhere.origin}/over?back=${encodeURIComponent(`${api}/me`)}`;
      const { outcome, seen, there } = await call(over, { status, redirect: 'follow' });
      // The API lets no page of an unknown origin read its answers, and that is what the browser says after the detour.
      assert.equal(outcome.name, 'TypeError', JSON.stringify(outcome));
      assert.equal(there.length, 1);
      assertBare(there);
      assert.ok(seen.every(({ authorization }) => authorization === 'none'));
      assert.equal(world.refreshes().length, refreshes);
    });
  }

  it("a Request made for following is no caller's word: that is what every Request is made for", async () => {
    const calls = world.api.requests.length;
    const url = `${api}/redirect?to=${encodeURIComponent(`${api}/me`)}`;
    await assert.rejects(
      page.run((given) => window.auth.fetch(new Request(given, { redirect: 'follow' })), url),
      { name: 'TypeError' },
    );
    assert.equal(world.api.requests.length, calls + 1);
  });

  it("'manual' gives the opaque answer, and nobody goes anywhere", async () => {
    const { outcome, seen, there } = await call(`${elsewhere.origin}/stolen`, { redirect: 'manual' });
    assert.equal(outcome.type, 'opaqueredirect');
    assert.equal(outcome.status, 0);
    assert.deepEqual([seen, there], [[], []]);
  });

  it('the session goes on after all that', async () => {
    assert.equal(await page.run(async (url) => (await window.auth.fetch(url)).status, `${api}/me`), 200);
    assert.equal(world.refreshes().length, 0);
  });

  it("'follow' from a path is refused before anything is sent: the token would leave the path", async () => {
    await page.useOptions(world.options({ resources: [`${api}/redirect`] }));
    await page.open('/');
    await page.signIn();
    const calls = world.api.requests.length;
    const { outcome } = await call(`${api}/me`, { redirect: 'follow' });
    assert.deepEqual(outcome, { name: 'AuthError', code: 'invalid_argument' });
    const { outcome: opaque } = await call(`${api}/me`, { mode: 'no-cors' });
    assert.deepEqual(opaque, { name: 'AuthError', code: 'invalid_argument' });
    assert.equal(world.api.requests.length, calls);
  });
});
