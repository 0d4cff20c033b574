/**
 * A vault that crashes must not strand the page: whoever waits gets an error, another vault takes its place, with the
 * session where the escrow has it, and the page goes on without a reload. One that crashes again and again is given up.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { initAssets } from './support/package.mjs';
import { Tab } from './support/tabs.mjs';
import { temporaryFolder } from './support/temporary.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const PRELUDE = fileURLToPath(new URL('./support/trap-prelude.js', import.meta.url));

async function putBefore(worker, ...preludes) {
  const texts = await Promise.all([PRELUDE, worker].map((path) => readFile(path, 'utf8')));
  await writeFile(worker, [...preludes, ...texts].join('\n'));
}

for (const host of ['shared', 'dedicated']) {
  describe(`a ${host} vault that crashes (${browserName})`, () => {
    let world;
    let slow;
    let page;
    let brokenFromTheStart;
    before(async () => {
      slow = await startListener();
      brokenFromTheStart = await temporaryFolder();
      await initAssets(brokenFromTheStart.path);
      await putBefore(join(brokenFromTheStart.path, 'worker.js'), 'self.trapAtStart = true;');
      world = await startWorld({
        provider: { accessTokenSeconds: 600 },
        moreApis: [slow.origin],
        prepareAssets: (folder) => putBefore(join(folder, 'worker.js')),
        roots: [{ prefix: '/broken/', directory: brokenFromTheStart.path }],
      });
      page = await world.openPage();
    });
    after(async () => {
      await world?.close();
      await slow?.close();
      await brokenFromTheStart?.remove();
    });

    const optionsFor = (more) =>
      world.options({ host, resources: [`${world.apiOrigin}/`, `${slow.origin}/`], ...more });

    /** A page with somebody signed in, and a vault that has not crashed lately. */
    const begin = async (more) => {
      await page.useOptions(optionsFor(more));
      await page.open('/');
      await page.signIn();
      await answered(10);
    };

    const answered = (count) =>
      page.run(async (calls) => {
        for (let call = 0; call < calls; call++) await window.auth.checkSession();
      }, count);

    const say = (word) =>
      page.run(async (given) => {
        const channel = new BroadcastChannel('holdfast-test-trap');
        const done = new Promise((resolve) => {
          channel.onmessage = ({ data }) => data === 'done' && resolve();
        });
        channel.postMessage(given);
        await done;
        channel.close();
      }, word);

    const call = () =>
      page.run(
        (url) =>
          window.auth.fetch(url).then(
            ({ status }) => status,
            (error) => [error.name, error.code, error.retryable],
          ),
        `${world.apiOrigin}/me`,
      );

    const CRASH = ['AuthError', 'vault_crashed', false];
    const eventsOf = async () => {
      const { events } = await page.seen();
      return events.map(({ type, detail }) => (type === 'error' ? detail.error.code : type));
    };

    const crashesSeen = async () => (await eventsOf()).filter((name) => name === 'vault_crashed').length;

    /** What the browser says of an earlier page's end may meet the trap before the call does. Then all pages were told. */
    const crash = async () => {
      const before = await crashesSeen();
      await say('trap');
      const outcome = await call();
      assert.ok((await crashesSeen()) > before, 'all pages are told');
      const isOfTheNext = outcome === 200 || outcome[1] === 'login_required';
      if (!isOfTheNext) assert.deepEqual(outcome, CRASH);
    };

    describe('with an escrow', () => {
      before(() => begin());

      it('works with the prelude as long as nothing traps', async () => {
        assert.equal(await call(), 200);
      });

      it('answers the calls that wait', async () => {
        await page.run((url) => {
          const describe = (error) => [error.name, error.code, error.retryable];
          window.waiting = [1, 2, 3].map((number) => window.auth.fetch(`${url}?${number}`).then(() => 'no error', describe));
        }, `${slow.origin}/thinking`); // prettier-ignore
        await waitFor(() => slow.requests.length === 3, 'the calls to reach the API');
        await crash();
        assert.deepEqual(await page.run(() => Promise.all(window.waiting)), Array(3).fill(CRASH));
      });

      it('and the next one has the session, without a refresh and without a reload', async () => {
        assert.equal(await page.run(() => window.auth.checkSession()), true);
        assert.equal(await call(), 200);
        assert.equal(world.refreshes().length, 0);
        assert.deepEqual((await eventsOf()).slice(-2), ['vault_crashed', 'signedin']);
        assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
      });

      it('does not send a call afterwards that was given up meanwhile', async () => {
        await answered(10);
        await say('linger');
        await say('trap');
        const reason = await page.run(async (url, kind) => {
          const controller = new AbortController();
          const { prototype } = kind === 'shared' ? MessagePort : Worker;
          const { postMessage } = prototype;
          const sent = new Promise((resolve) => {
            prototype.postMessage = function (message, ...rest) {
              postMessage.call(this, message, ...rest);
              if (message.type === 'fetch') resolve();
            };
          });
          await window.auth.checkSession().catch(() => {});
          const call = window.auth.fetch(url, { signal: controller.signal }).catch(({ name }) => name);
          await sent;
          prototype.postMessage = postMessage;
          controller.abort();
          const name = await call;
          const channel = new BroadcastChannel('holdfast-test-trap');
          channel.postMessage('go');
          channel.close();
          await window.auth.checkSession();
          return name;
        }, `${slow.origin}/given-up`, host); // prettier-ignore
        assert.equal(reason, 'AbortError');
        await page.run((url) => {
          window.last = window.auth.fetch(url).then(({ status }) => status);
        }, `${slow.origin}/not-given-up`);
        const next = () => slow.requests.find(({ path }) => path === '/not-given-up');
        (await waitFor(next, 'the next call')).answer();
        assert.equal(await page.run(() => window.last), 200);
        assert.ok(!slow.requests.some(({ path }) => path === '/given-up'));
      });

      if (host === 'shared') {
        it('tells all pages', async () => {
          await answered(10);
          const other = await Tab.open(page, optionsFor());
          await page.driver.switchTo().window((await page.driver.getAllWindowHandles())[0]);
          // The call, or a tab that says that it is seen now: whichever comes first meets the trap.
          await say('trap');
          await call();
          await waitFor(async () => (await eventsOf()).at(-1) === 'signedin', 'the session to be back');
          await other.focus();
          await waitFor(async () => (await eventsOf()).at(-1) === 'signedin', 'the other page to know');
          assert.deepEqual((await eventsOf()).slice(-2), ['vault_crashed', 'signedin']);
          assert.equal(await call(), 200);
          await other.close();
        });
      }

      it('also where the browser has no more memory for it', async () => {
        await answered(10);
        await say('starve');
        const outcome = await page.run(() =>
          window.auth
            .loginWithRedirect({ appState: 'x'.repeat(8_000_000) })
            .catch((error) => [error.name, error.code, error.retryable]),
        );
        assert.deepEqual(outcome, CRASH);
        assert.equal(await page.run(() => window.auth.checkSession()), true);
        assert.equal(await call(), 200);
      });

      it('a session that is itself the reason is not tried a third time', async () => {
        await answered(10);
        await page.run(async () => void (await caches.open('holdfast-test-poison')));
        await crash();
        await waitFor(
          async () => (await eventsOf()).slice(-2).join() === 'vault_crashed,vault_crashed',
          'both crashes',
        );
        assert.equal(await page.run(() => window.auth.checkSession()), false);
        await page.run(() => caches.delete('holdfast-test-poison'));
        assert.deepEqual(await call(), ['AuthError', 'login_required', false]);
        // Not to the next vault, either.
        await page.open('/');
        assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
        await page.signIn();
        assert.equal(await call(), 200);
      });
    });

    describe('without an escrow', () => {
      beforeEach(() => begin({ escrow: false, scope: 'openid offline_access' }));

      it('signs out, and a sign-in mends it', async () => {
        await crash();
        assert.equal(await page.run(() => window.auth.checkSession()), false);
        assert.deepEqual(await page.run(() => [window.auth.isAuthenticated(), window.auth.user()]), [
          false,
          null,
        ]);
        assert.deepEqual(await call(), ['AuthError', 'login_required', false]);
        await page.signIn();
        assert.equal(await call(), 200);
      });

      it('is given up when it crashes for the third time in a row, until a reload', async () => {
        for (const time of [1, 2, 3]) {
          await crash();
          const outcome = await page.run(() => window.auth.checkSession().catch(({ code }) => code));
          assert.equal(outcome, time < 3 ? false : 'vault_crashed');
        }
        const codes = await page.run(async (url) => {
          const codeOf = (error) => error.code;
          const { auth } = window;
          return [
            await auth.fetch(url).catch(codeOf),
            await auth.loginWithRedirect().catch(codeOf),
            await auth.logout({ localOnly: true }).catch(codeOf),
          ];
        }, `${world.apiOrigin}/me`);
        assert.deepEqual(codes, Array(3).fill('vault_crashed'));
        await page.open('/');
        assert.equal((await page.seen()).error, null);
        await page.signIn();
        assert.equal(await call(), 200);
      });
    });

    it('one that crashes at once lets createAuthClient fail', async () => {
      await page.useOptions(null);
      await page.open('/');
      await assert.rejects(
        page.run(
          (options) => window.e2e.createAuthClient(options),
          world.options({ host, assetsUrl: '/broken/' }),
        ),
        { isAuthError: true, phase: 'init', code: /^(vault_crashed|worker_failed)$/ },
      );
    });
  });
}
