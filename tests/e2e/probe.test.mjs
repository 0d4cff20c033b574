/**
 * The injected script: it was there before the library, hooks everything that carries or keeps data, and follows a
 * session from before the sign-in until after the sign-out. It must not see one code verifier, access token, refresh
 * token or ID token. (probe-control.test.mjs shows that it would.)
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { findLeaks, withoutSignOutHint } from './support/leaks.mjs';
import { startListener } from './support/listener.mjs';
import { startWorld } from './support/world.mjs';

for (const host of ['shared', 'dedicated']) {
  describe(`an injected script sees no secret of a vault in a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    let attacker;
    let wherever; // everything that the probe saw until the sign-out began
    before(async () => {
      attacker = await startListener();
      world = await startWorld({
        page: '/probed.html',
        afterSignOut: '/signed-out', // a path that shows the probed page
        provider: { accessTokenSeconds: 2 },
        moreApis: [attacker.origin],
      });
      page = await world.openPage();
      wherever = [];
      await page.useOptions(world.options({ host }));
    });
    after(async () => {
      await world?.close();
      await attacker?.close();
    });

    /** Takes what the probe saw so far, with a dump of everything that is stored at this moment. */
    const look = (moment) =>
      page.run(async (label) => {
        await window.__probe.dump(label);
        return window.__probe.take();
      }, moment);

    const lookNow = async (moment) => {
      const records = await look(moment);
      wherever.push(...records);
      assertNoLeaks(records);
      return records;
    };

    function assertNoLeaks(records) {
      const leaks = findLeaks(records, world.secrets.all);
      const shown = leaks.map(({ kind, where, excerpt }) => `${kind} in "${where}": ${excerpt}`);
      assert.deepEqual([...new Set(shown)], []);
    }

    it('before anybody signs in', async () => {
      await page.open('/start');
      const records = await lookNow('signed out');
      assert.notEqual(records.length, 0);
    });

    it('while the person is at the server, and on the way back', async () => {
      await page.startSignIn({ appState: { draft: 'a public note' } });
      const atTheServer = await page.formUrl();
      // Another page of the app, without the library, with everything that the sign-in left behind.
      await page.open('/gallery.html');
      const left = await look('sign-in under way');
      await page.driver.get(atTheServer);
      await page.typeCredentials();
      await page.ready();
      assert.equal((await page.seen()).error, null);
      // Only now is the verifier known to this test.
      assert.equal(world.secrets.ofKind('code verifier').length, 1);
      wherever.push(...left);
      assertNoLeaks(left);
      await lookNow('signed in');
    });

    it('in what the library hands to the app', async () => {
      await page.run(async () => {
        const { auth, e2e, __probe } = window;
        __probe.note('library', { auth, user: auth.user(), claims: auth.idTokenClaims() });
        for (let it = auth; it; it = Object.getPrototypeOf(it)) {
          for (const name of Reflect.ownKeys(it)) {
            __probe.note('library member', [name, Object.getOwnPropertyDescriptor(it, name)]);
          }
        }
        __probe.note('library events', [e2e.events, e2e.callback]);
        __probe.note('signed in', await auth.checkSession());
      });
      await lookNow('library');
    });

    it('in calls to the API, their answers and their errors', async () => {
      await page.run(async (api, forbidden) => {
        const { auth, __probe } = window;
        const noteAnswer = async (call) => {
          const response = await call.catch((error) => error);
          __probe.note('answer', [response, response.headers && [...response.headers]]);
          if (response instanceof Response) __probe.note('answer body', await response.text());
        };
        await noteAnswer(auth.fetch(`${api}/me`));
        await noteAnswer(auth.fetch(`${api}/echo/raw`, { method: 'POST', body: JSON.stringify({ a: 1 }) }));
        await noteAnswer(auth.fetch(`${api}/status/401?authenticate=Bearer`));
        await noteAnswer(auth.fetch(`${api}/status/500`));
        await noteAnswer(auth.fetch(`${api}/redirect?to=/me`));
        await noteAnswer(auth.fetch(`${api}/me`, { signal: AbortSignal.abort() }));
        await noteAnswer(auth.fetch(forbidden));
      }, world.apiOrigin, attacker.origin); // prettier-ignore
      await lookNow('calls');
    });

    it('through a refresh', async () => {
      const refreshes = world.refreshes().length;
      await world.untilExpired(world.secrets.last('access token'));
      const statuses = await page.run(async (url) => {
        const responses = await Promise.all([1, 2, 3, 4, 5].map(() => window.auth.fetch(url)));
        return responses.map(({ status }) => status);
      }, `${world.apiOrigin}/me`);
      assert.deepEqual(statuses, Array(5).fill(200));
      assert.ok(world.refreshes().length > refreshes);
      assert.ok(world.secrets.ofKind('refresh token').length > 1);
      await lookNow('refreshed');
    });

    it('through a refresh that fails', async () => {
      world.refuse(world.secrets.last('access token'));
      world.provider.faults.push({
        grantType: 'refresh_token',
        status: 503,
        headers: { 'retry-after': '1' },
        body: { error: 'temporarily_unavailable' },
      });
      await page.run(async (url) => {
        const outcome = await window.auth.fetch(url).catch((error) => error);
        window.__probe.note('failed refresh', [outcome, outcome.cause, outcome.oauth]);
      }, `${world.apiOrigin}/me`);
      await lookNow('failed refresh');
    });

    it('by a client of its own, with an allow-list of its own', async () => {
      const outcome = await page.run(async (given, url) => {
        try {
          const auth = await window.e2e.createAuthClient({ ...given, resources: [url] });
          return [auth.isAuthenticated(), await auth.fetch(url).catch((error) => error.code)];
        } catch (error) {
          return [false, error.code];
        }
      }, world.options({ host }), `${attacker.origin}/`); // prettier-ignore
      assert.equal(outcome[0], false);
      assert.match(outcome[1], /^(login_required|config_mismatch)$/);
      assert.deepEqual(attacker.requests, []);
      await lookNow('own client');
    });

    it('while signing out, but for the hint in the address of that navigation', async () => {
      await page.signOut();
      await page.open('/start');
      const records = await look('signed out again');
      wherever.push(...records);
      assertNoLeaks(withoutSignOutHint(records, `${world.issuer}/session/end`));
    });

    it('in the consoles of page and worker', async () => {
      const text = await page.browser.consoleText();
      // The browser itself may complain about the sign-out page, and then it names that page's address.
      assertNoLeaks(withoutSignOutHint([{ where: 'console', text }], `${world.issuer}/session/end`));
    });

    it('and it did look: it knows everything else', () => {
      const { secrets } = world;
      for (const kind of ['code verifier', 'access token', 'refresh token', 'ID token']) {
        assert.ok(secrets.ofKind(kind).length > 0, kind);
      }
      const sources = new Set(wherever.map(({ where }) => where));
      const messages = [...sources].filter((where) => /message|MessageEvent|postMessage/.test(where));
      assert.ok(messages.length > 0, 'the messages between page and vault were heard');
      for (const known of ['Ada Lovelace', 'ada.lovelace', 'holdfast-demo', 'a public note']) {
        assert.ok(
          wherever.some(({ where, text }) => /essage/.test(where) && text.includes(known)),
          `${known} was seen in a message`,
        );
      }
      assert.ok(
        wherever.some(({ where }) => /IndexedDB holdfast/.test(where)),
        'the pending sign-in was seen',
      );
    });
  });
}
