/** Signing in by a window of its own, as people do, and as script in the page may want to disturb it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { clickForPopup, openPopup, popupThatGoes } from './support/popups.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const COOP = { watch: (ctx, next) => (ctx.set('Cross-Origin-Opener-Policy', 'same-origin'), next()) };
const types = async (page) => (await page.seen()).events.map(({ type }) => type);

/**
 * In a window of its own: where the page goes to the server and back, WebKit goes on with it in another process, and ends the
 * shared worker with the old one, some time.
 */
async function forgetServerSession(page) {
  const { driver } = page;
  const main = await driver.getWindowHandle();
  await driver.switchTo().newWindow('tab');
  await page.forgetServerSession();
  await driver.close();
  await driver.switchTo().window(main);
}

/** What lies in the databases of the site's origin. */
const stored = (page) =>
  page.run(async () => {
    const found = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of database.objectStoreNames) {
        const records = database.transaction(store).objectStore(store).getAll();
        found.push(...(await new Promise((resolve) => (records.onsuccess = () => resolve(records.result)))));
      }
      database.close();
    }
    return found;
  });

for (const [server, provider] of Object.entries({ 'a server': {}, 'a server with COOP': COOP })) {
  for (const host of ['shared', 'dedicated']) {
    describe(`a sign-in by popup at ${server}, from a ${host} worker (${browserName})`, () => {
      let world;
      let page;
      const startAnew = async (options = {}) => {
        const given = world.options({ host, ...options });
        await page.useOptions(given);
        await page.run((text) => localStorage.setItem('e2e-options', text), JSON.stringify(given));
        await page.open('/notes/1');
        await page.run(() => window.auth.logout({ localOnly: true }));
        await forgetServerSession(page);
        await page.open('/notes/1');
      };
      before(async () => {
        world = await startWorld({ provider });
        page = await world.openPage();
      });
      after(() => world?.close());
      beforeEach(() => startAnew());

      it('signs in, with the page as it was, and closes the popup', async () => {
        await page.run(() => {
          window.unchanged = true;
          // The person is in the popup; WebDriver moves the focus as no person does.
          document.hasFocus = () => false;
        });
        const popup = await openPopup(page, { appState: { draft: 'grüße ✓' } });
        await popup.form();
        assert.equal(await page.driver.executeScript('return window.opener'), null, 'the server has no hold');
        await popup.typeCredentials();
        // The person stays in it, whatever their time at the server.
        await popup.gone();
        assert.deepEqual(await popup.outcome(), {
          value: { isSignedIn: true, appState: { draft: 'grüße ✓' } },
        });
        assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
        assert.equal(await page.run(() => window.unchanged), true);
        assert.equal((await page.seen()).url, `${world.siteOrigin}/notes/1`);
        assert.ok((await types(page)).includes('signedin'));
        assert.equal(
          await page.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`),
          200,
        );
      });

      it('tells that the person has closed the popup', async () => {
        const popup = await openPopup(page);
        await popup.form();
        await popup.close();
        const { error, hadFocus } = await popup.outcome();
        assert.deepEqual(error, { name: 'AuthError', code: 'popup_closed', phase: 'login' });
        assert.equal(hadFocus, true);
      });

      it('goes on alone where the page that opened it is gone', async () => {
        // Keeps a shared vault alive. A window, since WebKit opens no popup for a tab that is not in front.
        const { driver } = page;
        const main = await driver.getWindowHandle();
        await driver.switchTo().newWindow('window');
        const other = await driver.getWindowHandle();
        await page.open('/notes/3');
        await driver.switchTo().window(main);
        const popup = await openPopup(page);
        await popup.form();
        await popup.back();
        await page.open('/notes/2');
        await popup.typeCredentials();
        await popup.enter();
        const seen = await waitFor(async () => {
          const { callback, error } = (await page.isReady()) ? await page.seen() : {};
          return (callback || error) && { callback, error };
        }, 'the popup to have tried by itself');
        if (host === 'shared') assert.equal(seen.callback?.isSignedIn, true);
        else assert.equal(seen.error?.code, 'state_unknown');
        await driver.close();
        await driver.switchTo().window(other);
        await driver.close();
        await popup.back();
      });

      if (provider === COOP) {
        // For which it can't tell a popup that was left for a moment from one that was closed.
        it('signs in, too, who goes on in a popup that was given up', async () => {
          const popup = await openPopup(page);
          await popup.form();
          assert.equal((await popup.outcome()).error.code, 'popup_closed');
          await popup.typeCredentials();
          await popup.back();
          await waitFor(() => page.run(() => window.auth.isAuthenticated()), 'the person to be signed in');
          assert.ok((await types(page)).includes('signedin'));
          await popup.gone();
        });
        return;
      }

      it('tells that the browser has opened no popup', async () => {
        const error = await page.run(async () => {
          const frame = document.createElement('iframe');
          frame.sandbox = 'allow-scripts allow-same-origin';
          frame.src = '/framed';
          document.body.append(frame);
          while (!frame.contentWindow.e2e?.ready) await new Promise((resolve) => setTimeout(resolve, 20));
          const { auth, e2e } = frame.contentWindow;
          const failure = await auth.loginWithPopup().catch((error) => error);
          const { code, phase } = failure;
          return { code, phase, isAuthError: failure instanceof e2e.AuthError };
        });
        assert.deepEqual(error, { code: 'popup_blocked', phase: 'login', isAuthError: true });
      });

      it('closes the popup at once where the options are wrong', async () => {
        const windows = await page.driver.getAllWindowHandles();
        await clickForPopup(page, { authorizationParams: { state: 'mine' } });
        const { error } = await waitFor(
          () => page.run(() => window.outcomes[0]),
          'the answer of loginWithPopup',
        );
        assert.equal(error.code, 'invalid_argument');
        const now = () => page.driver.getAllWindowHandles();
        await waitFor(async () => (await now()).length === windows.length, 'the popup to be closed');
      });

      it('replaces who is signed in, and a failed one changes nothing', async () => {
        const first = await openPopup(page);
        await first.typeCredentials('Ada Lovelace');
        await first.outcome();
        await first.gone();
        const refused = await popupThatGoes(page, {
          authorizationParams: { prompt: 'none', acr_values: 'x', max_age: 0 },
        });
        const { error } = await refused.outcome(1);
        assert.equal(error.code, 'interaction_required');
        await refused.gone();
        assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
        const second = await openPopup(page, { authorizationParams: { prompt: 'login' } });
        await second.typeCredentials('Grace Hopper');
        await second.outcome(2);
        assert.equal(await page.run(() => window.auth.user().name), 'Grace Hopper');
        await second.gone();
      });

      it('ends by a signal', async () => {
        const popup = await openPopup(page);
        await popup.form();
        await popup.back();
        await page.run(() => window.aborts[0].abort());
        assert.equal((await popup.outcome()).error.name, 'AbortError');
        await popup.closeIfOpen();
        await popup.gone();
      });

      it('ends with the client, and where the popup is closed before it has gone anywhere', async () => {
        const popup = await openPopup(page);
        await popup.form();
        await popup.back();
        await page.run(() => window.auth.close());
        assert.equal((await popup.outcome()).error.code, 'client_closed');
        await popup.closeIfOpen();
        await popup.gone();
        await page.open('/notes/1');
        const code = await page.run(async () => {
          document.hasFocus = () => false;
          const frame = document.createElement('iframe');
          document.body.append(frame);
          const { open } = window;
          // A window of a frame that is gone is closed, and a click is not needed for it.
          window.open = () => frame.contentWindow;
          const signIn = window.auth.loginWithPopup();
          window.open = open;
          frame.remove();
          return signIn.catch((error) => error.code);
        });
        assert.equal(code, 'popup_closed');
      });

      it('keeps two popups apart', async () => {
        const first = await openPopup(page, { appState: 1 });
        await first.form();
        await first.back();
        const second = await openPopup(page, { appState: 2 });
        await second.typeCredentials();
        assert.equal((await second.outcome(1)).value.appState, 2);
        await second.gone();
        await first.typeCredentials();
        assert.equal((await first.outcome(0)).value.appState, 1);
        await first.gone();
      });

      it('takes no other page for an answer, whatever its URL looks like', async () => {
        const heard = await page.run(
          async (paths) => {
            const heard = [];
            const channel = new BroadcastChannel('holdfast x.popup');
            const first = new Promise((resolve) => {
              channel.onmessage = ({ data }) => resolve(heard.push(new URL(data.url).pathname));
            });
            const [elsewhere, callback] = paths.map((path) => {
              const frame = document.createElement('iframe');
              frame.src = path;
              return frame;
            });
            document.body.append(elsewhere);
            while (!elsewhere.contentWindow.e2e?.ready)
              await new Promise((resolve) => setTimeout(resolve, 20));
            document.body.append(callback);
            await first;
            callback.remove();
            elsewhere.remove();
            channel.close();
            return heard;
          },
          ['/notes/2?state=x.popup', '/callback?code=x&state=x.popup'],
        );
        assert.deepEqual(heard, ['/callback']);
      });

      it('takes no word for it of script that knows the channel', async () => {
        await page.run(() => {
          window.heard = [];
          window.channels = [];
          window.BroadcastChannel = class extends BroadcastChannel {
            constructor(name) {
              super(name);
              const spy = new EventTarget();
              window.channels.push(name, spy);
              this.addEventListener('message', ({ data }) => window.heard.push(data));
            }
          };
        });
        const popup = await openPopup(page);
        await popup.form();
        await popup.back();
        const name = await page.run(() => window.channels[0]);
        await page.run(
          (name, redirectUri) => {
            const channel = new BroadcastChannel(name);
            const forged = `${redirectUri}?code=forged&state=`;
            for (const data of [
              null,
              'taken',
              {},
              { url: 5 },
              { url: `${forged}x` },
              { url: `${forged}x.popup` },
            ]) {
              channel.postMessage(data);
            }
          },
          name,
          world.redirectUri,
        );
        await popup.typeCredentials();
        const { value } = await popup.outcome();
        assert.equal(value?.isSignedIn, true);
        await popup.gone();
        const heard = JSON.stringify(await page.run(() => window.heard));
        assert.match(heard, /code=/, 'the real callback was heard');
        for (const [secret, kind] of world.secrets.all)
          assert.ok(!heard.includes(secret), `a ${kind} was told`);
      });

      it('loses nothing to a forged answer with the right state', async () => {
        const first = await openPopup(page);
        await first.typeCredentials();
        await first.outcome();
        await first.gone();
        const popup = await openPopup(page, { authorizationParams: { prompt: 'login' } });
        await popup.form();
        const state = world.secrets.authorizationRequests.at(-1).get('state');
        await popup.back();
        await page.run(
          (state, redirectUri, iss) => {
            const query = new URLSearchParams({ code: 'forged', state, iss });
            new BroadcastChannel(`holdfast ${state}`).postMessage({ url: `${redirectUri}?${query}` });
          },
          state,
          world.redirectUri,
          world.issuer,
        );
        const { error } = await popup.outcome(1);
        assert.equal(error.code, 'token_refused');
        assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
        await popup.closeIfOpen();
        await popup.gone();
      });

      it('keeps transaction and DPoP key out of the storage', async () => {
        await startAnew({ dpop: 'required' });
        const popup = await openPopup(page);
        await popup.form();
        await popup.back();
        assert.deepEqual(await stored(page), []);
        await popup.typeCredentials();
        assert.equal((await popup.outcome()).value?.isSignedIn, true);
        await popup.gone();
        assert.equal(
          await page.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`),
          200,
        );
      });
    });
  }
}
