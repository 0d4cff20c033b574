/**
 * The quiet sign-in: where the vault knows nobody, the browser goes to the server and comes back to the same place,
 * signed in if the server still knows it, and without a page of the server's.
 */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, beforeEach, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const MARKER = 'holdfast.silent-sign-in';
const isSignedIn = (page) => page.run(() => window.auth.isAuthenticated());
const marker = (page) => page.run((key) => sessionStorage.getItem(key), MARKER);
const types = async (page) => (await page.seen()).events.map(({ type }) => type);

/** Has the app ask at every load from now on. */
async function askAtEveryLoad(page, options) {
  await page.open('/setup.html');
  await page.run(
    (given, key) => {
      sessionStorage.removeItem(key);
      localStorage.setItem('e2e-check-session', JSON.stringify(given));
    },
    options,
    MARKER,
  );
}

for (const host of ['shared', 'dedicated']) {
  describe(`the quiet sign-in from a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    const visits = [];
    const onRequest = ({ request }) => {
      const url = new URL(request.url, world?.issuer);
      const isDocument =
        request.headers['sec-fetch-dest'] === 'document' || /text\/html/.test(request.headers.accept);
      if (isDocument && request.headers.host === new URL(world.issuer).host) visits.push(url);
    };
    before(async () => {
      world = await startWorld();
      subscribe('http.server.request.start', onRequest);
      page = await world.openPage();
      await page.useOptions(world.options({ host }));
    });
    after(() => {
      unsubscribe('http.server.request.start', onRequest);
      return world?.close();
    });
    beforeEach(() => void (visits.length = 0));

    it('is not made where nobody asks for it, and asks no server where somebody is signed in', async () => {
      await page.open('/notes/1');
      assert.equal(await isSignedIn(page), false);
      assert.deepEqual(visits, []);
      await page.signIn({ name: 'Ada Lovelace' });
      visits.length = 0;
      assert.equal(await page.run(() => window.auth.checkSession({ redirect: true })), true);
      assert.deepEqual(visits, []);
    });

    it('finds who is signed in at the server, and comes back to the same place with the app state', async () => {
      await page.run(() => window.auth.logout({ localOnly: true }));
      await askAtEveryLoad(page, { redirect: { appState: { draft: 'grüße ✓' } } });
      await page.open('/notes/7?tab=2#third');
      await waitFor(() => isSignedIn(page), 'the person to be signed in again');
      const { url, callback, error } = await page.seen();
      assert.equal(error, null);
      assert.equal(url, `${world.siteOrigin}/notes/7?tab=2#third`);
      assert.deepEqual(callback, {
        handled: true,
        isSignedIn: true,
        appState: { draft: 'grüße ✓' },
        returnTo: '/notes/7?tab=2#third',
      });
      assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
      // One address of the server's, which redirects at once: no page of it was shown.
      assert.deepEqual(
        visits.map(({ pathname }) => pathname),
        ['/auth'],
      );
      assert.equal(visits[0].searchParams.get('prompt'), 'none');
      assert.equal(await marker(page), null, 'the next time that nobody is signed in, it may be tried again');
      const call = (given) => window.auth.fetch(given).then(({ status }) => status);
      assert.equal(await page.run(call, `${world.apiOrigin}/me`), 200);
    });

    it('finds nobody: signed out without a word, and asked no more', async () => {
      await page.run(() => window.auth.logout({ localOnly: true }));
      await page.forgetServerSession();
      visits.length = 0;
      await askAtEveryLoad(page, { redirect: true });
      await page.open('/quiet?x=1');
      const { url, callback, error } = await page.seen();
      assert.equal(error, null);
      assert.equal(url, `${world.siteOrigin}/quiet?x=1`);
      assert.deepEqual(callback, {
        handled: true,
        isSignedIn: false,
        appState: null,
        returnTo: '/quiet?x=1',
      });
      assert.equal(await isSignedIn(page), false);
      assert.deepEqual(await types(page), []);
      assert.deepEqual(
        visits.map(({ pathname }) => pathname),
        ['/auth'],
      );
      assert.match(await marker(page), /^\d{13}$/, 'a bare number');
      for (const path of ['/quiet?x=2', '/', '/quiet?x=1']) {
        await page.open(path);
        assert.equal(await page.run(() => window.e2e.checked), false);
      }
      assert.equal(visits.length, 1, 'one attempt');
      assert.equal(await page.run(() => window.auth.checkSession({ redirect: true })), false);
    });

    it('leaves the ordinary sign-in as it is', async () => {
      await page.open('/');
      const { askedForCredentials } = await page.signIn({ name: 'Grace Hopper' });
      assert.ok(askedForCredentials);
      assert.equal(await page.run(() => window.e2e.checked), true);
      assert.equal(await marker(page), null);
    });
  });
}

describe(`the quiet sign-in that gets nowhere (${browserName})`, () => {
  let world;
  let page;
  // A server that shows a page of its own instead of sending the browser back.
  let stuck;
  const attempts = () => stuck.requests.filter(({ path }) => path.startsWith('/auth?')).length;
  before(async () => {
    stuck = await startListener({ answersAtOnce: true });
    world = await startWorld();
    const discovered = await fetch(`${world.issuer}/.well-known/openid-configuration`);
    const metadata = { ...(await discovered.json()), authorization_endpoint: `${stuck.origin}/auth` };
    page = await world.openPage();
    await page.useOptions(world.options({ metadata }));
    await page.open('/');
  });
  after(async () => {
    await world?.close();
    await stuck?.close();
  });
  beforeEach(() => void (stuck.requests.length = 0));

  const check = (options) => page.run((given) => window.auth.checkSession(given), options);

  it('is not made in a frame, at the redirect URI, or where sessionStorage is refused', async () => {
    const answers = await page.run(async () => {
      const { auth } = window;
      const framed = document.body.appendChild(document.createElement('iframe'));
      await new Promise((resolve) => {
        framed.onload = resolve;
        framed.src = '/';
      });
      const inside = framed.contentWindow;
      while (!inside.e2e?.ready) await new Promise((resolve) => setTimeout(resolve, 20));
      const answers = [await inside.auth.checkSession({ redirect: true })];

      const { href } = location;
      history.replaceState(null, '', '/callback?code=x&state=y');
      answers.push(await auth.checkSession({ redirect: true }));
      history.replaceState(null, '', href);

      const { setItem } = Storage.prototype;
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
      answers.push(await auth.checkSession({ redirect: true }));
      Storage.prototype.setItem = setItem;

      const { getItem } = Storage.prototype;
      Storage.prototype.getItem = () => {
        throw new DOMException('refused', 'SecurityError');
      };
      answers.push(await auth.checkSession({ redirect: true }));
      Storage.prototype.getItem = getItem;
      return answers;
    });
    assert.deepEqual(answers, [false, false, false, false]);
    assert.equal(attempts(), 0);
  });

  it('is made once, also by two calls at once, and where the server is left by the Back button', async () => {
    await page.run(() => {
      window.isTheSameDocument = true;
      const ask = () => window.auth.checkSession({ redirect: true });
      window.answers = Promise.all([ask(), ask()]);
    });
    await waitFor(
      async () => (await page.driver.getCurrentUrl()).startsWith(stuck.origin),
      "the server's page",
    );
    await page.driver.navigate().back();
    await page.ready();
    if (await page.run(() => window.isTheSameDocument === true)) {
      assert.deepEqual(await page.run(() => window.answers), [false, false]);
    }
    assert.equal(await check({ redirect: true }), false);
    await page.open('/');
    assert.equal(await check({ redirect: true }), false);
    assert.equal(attempts(), 1);
  });

  it('is made again after ten minutes', async () => {
    await page.run((key) => sessionStorage.setItem(key, String(Date.now() - 599_000)), MARKER);
    assert.equal(await check({ redirect: true }), false);
    await page.run((key) => {
      sessionStorage.setItem(key, String(Date.now() - 601_000));
      window.auth.checkSession({ redirect: true });
    }, MARKER);
    await waitFor(() => attempts() === 1, 'another attempt');
  });
});
