/**
 * A new version of the app is deployed while tabs are open: worker.js, escrow.js and the page's code change under them.
 * Nobody is signed out, and no token request is made because of it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../support/browser.mjs';
import { startDeployedApp } from '../support/deployed-app.mjs';
import { waitFor } from '../support/wait.mjs';

const TOKEN_SECONDS = 2;

for (const host of ['shared', 'dedicated']) {
  describe(`a deploy under open tabs with a ${host} vault (${browserName})`, () => {
    let world;
    let page;
    before(async () => {
      world = await startDeployedApp({ provider: { accessTokenSeconds: TOKEN_SECONDS } });
      page = await world.openPage();
      await page.useOptions(world.options({ host }));
    });
    after(() => world?.close());

    const isSignedIn = () => page.run(() => window.auth.isAuthenticated());
    const tokenRequests = () => world.provider.tokenRequests.length;
    const callApi = () =>
      page.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`);
    const untilTokenExpired = () => world.untilExpired(world.secrets.last('access token'));
    const reload = async () => {
      await page.driver.navigate().refresh();
      await page.ready();
      assert.equal((await page.seen()).error, null);
    };
    /** The newer escrow.js, if there is one, has taken over. */
    const untilEscrowIsNew = async () => {
      await page.run(async () => {
        const registration = await navigator.serviceWorker.getRegistration('/holdfast/');
        // WebKit does not answer while another update is under way; what counts is the state below.
        await Promise.race([registration.update(), new Promise((resolve) => setTimeout(resolve, 2000))]);
      });
      await waitFor(
        () =>
          page.run(async () => {
            const { active, installing, waiting } =
              await navigator.serviceWorker.getRegistration('/holdfast/');
            return active.state === 'activated' && !installing && !waiting;
          }),
        'the new escrow',
      );
    };

    it('the tab that is reloaded gets the new version, and stays signed in', async () => {
      await page.open('/notes');
      await page.signIn();
      const before = tokenRequests();
      await world.deploy('7.0.0+second');
      await reload();
      assert.equal(await isSignedIn(), true);
      await untilEscrowIsNew();
      await reload();
      assert.equal(await isSignedIn(), true);
      assert.equal(tokenRequests(), before);
      await untilTokenExpired();
      assert.equal(await callApi(), 200);
    });

    it('also where it is reloaded again and again while the new escrow is on its way', async () => {
      const before = tokenRequests();
      await world.deploy('7.0.0+between');
      for (let times = 0; times < 8; times++) {
        await reload();
        assert.equal(await isSignedIn(), true);
      }
      await untilEscrowIsNew();
      await reload();
      assert.equal(await isSignedIn(), true);
      assert.equal(tokenRequests(), before);
    });

    if (host === 'shared') {
      it('another tab takes the session along; the old one says so, and a reload cures it', async () => {
        const { driver } = page;
        const old = await driver.getWindowHandle();
        await world.deploy('7.0.1+third');
        const before = tokenRequests();
        await driver.switchTo().newWindow('tab');
        const young = await driver.getWindowHandle();
        await page.useOptions(world.options({ host }));
        await page.open('/young');
        assert.equal((await page.seen()).error, null);
        assert.equal(await isSignedIn(), true);
        assert.equal(await callApi(), 200);

        await driver.switchTo().window(old);
        const told = await waitFor(
          async () => (await page.seen()).events.find(({ type }) => type === 'error'),
          'the old tab to be told',
        );
        assert.equal(told.detail.error.code, 'session_moved');
        assert.match(told.detail.error.message, /reload/);
        await assert.rejects(callApi(), { isAuthError: true, code: 'session_moved' });
        await reload();
        assert.equal(await isSignedIn(), true);
        assert.equal(await callApi(), 200);

        await driver.switchTo().window(young);
        await untilTokenExpired();
        assert.equal(await callApi(), 200);
        await driver.close();
        await driver.switchTo().window(old);
        assert.equal(await callApi(), 200);
        assert.ok(tokenRequests() <= before + 2);
        assert.ok(world.provider.tokenRequests.every(({ status }) => status === 200));
      });
    }

    it('also where the old version comes back', async () => {
      const before = tokenRequests();
      await world.deploy(world.firstVersion);
      await reload();
      assert.equal(await isSignedIn(), true);
      assert.equal(tokenRequests(), before);
    });
  });
}
