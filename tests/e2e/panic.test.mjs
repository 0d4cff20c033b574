/**
 * A vault that traps must not strand the page: whoever waits gets an error, whoever comes later too, and a reload mends
 * it.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { initAssets } from './support/package.mjs';
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
      await page.useOptions(world.options({ host, resources: [`${world.apiOrigin}/`, `${slow.origin}/`] }));
      await page.open('/');
      await page.signIn();
    });
    after(async () => {
      await world?.close();
      await slow?.close();
      await brokenFromTheStart?.remove();
    });

    it('works with the prelude as long as nothing traps', async () => {
      const status = await page.run(
        async (url) => (await window.auth.fetch(url)).status,
        `${world.apiOrigin}/me`,
      );
      assert.equal(status, 200);
    });

    it('answers the calls that wait', async () => {
      await page.run((url) => {
        const describe = (error) => [error.name, error.code, error.retryable];
        window.waiting = [1, 2, 3].map((number) => window.auth.fetch(`${url}?${number}`).then(() => 'no error', describe));
      }, `${slow.origin}/thinking`); // prettier-ignore
      await waitFor(() => slow.requests.length === 3, 'the calls to reach the API');
      const outcomes = await page.run(async (url) => {
        const channel = new BroadcastChannel('holdfast-test-trap');
        const armed = new Promise((resolve) => {
          channel.onmessage = ({ data }) => data === 'armed' && resolve();
        });
        channel.postMessage('arm');
        await armed;
        const trigger = window.auth.fetch(url).catch((error) => [error.name, error.code, error.retryable]);
        return Promise.all([trigger, ...window.waiting]);
      }, `${world.apiOrigin}/me`);
      assert.deepEqual(outcomes, Array(4).fill(['AuthError', 'vault_crashed', false]));
    });

    it('answers the calls that come later', async () => {
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
    });

    it('signs nobody in any longer', async () => {
      const state = await page.run(() => [window.auth.isAuthenticated(), window.auth.user()]);
      assert.deepEqual(state, [false, null]);
    });

    it('has told the app by an event', async () => {
      const { events } = await page.seen();
      const crashes = events.filter(
        ({ type, detail }) => type === 'error' && detail.error.code === 'vault_crashed',
      );
      assert.equal(crashes.length, 1);
    });

    it('is mended by a reload', async () => {
      await page.open('/');
      assert.equal((await page.seen()).error, null);
      await page.signIn();
      const status = await page.run(
        async (url) => (await window.auth.fetch(url)).status,
        `${world.apiOrigin}/me`,
      );
      assert.equal(status, 200);
    });

    it('one that crashes at once lets createAuthClient fail', async () => {
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
