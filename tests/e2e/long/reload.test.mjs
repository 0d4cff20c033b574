/**
 * A reload at any moment leaves the person signed in, costs no token request, and leaves nothing behind in storage. The
 * server rotates, knows no grace period, and ends the whole session where a refresh token comes twice.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { browserName } from '../support/browser.mjs';
import { findLeaks, withoutSignOutHint } from '../support/leaks.mjs';
import { waitFor } from '../support/wait.mjs';
import { startWorld } from '../support/world.mjs';

const TOKEN_SECONDS = 2;
const modes = [
  { host: 'shared' },
  { host: 'dedicated' },
  // There the browser itself lets a shared worker outlive a reload.
  ...(browserName === 'chromium' ? [{ host: 'shared', escrow: false }] : []),
];

for (const mode of modes) {
  const isShared = mode.host === 'shared';
  const title = `a ${mode.host} vault ${mode.escrow === false ? 'without' : 'with'} an escrow`;
  describe(`a reload, with ${title} (${browserName})`, () => {
    let world;
    let page;
    before(async () => {
      world = await startWorld({
        // Its first script sees what is stored, whatever holdfast does.
        page: '/probed.html',
        afterSignOut: '/signed-out',
        provider: { accessTokenSeconds: TOKEN_SECONDS },
      });
      page = await world.openPage();
      await page.useOptions(world.options(mode));
    });
    after(() => world?.close());

    afterEach(async () => {
      const records = await page.run(async () => {
        await window.__probe.dump('afterwards');
        return window.__probe.take();
      });
      assert.ok(records.length > 0);
      const seen = withoutSignOutHint(records, `${world.issuer}/session/end`);
      assert.deepEqual(findLeaks(seen, world.secrets.all), []);
    });

    const reload = () => page.driver.navigate().refresh();
    const isSignedIn = () => page.run(() => window.auth.isAuthenticated());
    const tokenRequests = () => world.provider.tokenRequests.length;
    const callApi = () =>
      page.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`);
    const untilTokenExpired = () => world.untilExpired(world.secrets.last('access token'));
    const errors = async () => (await page.seen()).events.filter(({ type }) => type !== 'refreshed');

    /** Whoever is signed in stays so, and the session is one that the server still takes. */
    const assertStillSignedIn = async (requestsBefore) => {
      await page.ready();
      assert.equal((await page.seen()).error, null);
      assert.equal(await isSignedIn(), true);
      assert.equal(await page.run(() => window.auth.user().name), 'Ada Lovelace');
      assert.equal(tokenRequests(), requestsBefore, 'token requests because of a reload');
    };

    it('right after the sign-in', async () => {
      await page.open('/notes/7');
      await page.signIn();
      const before = tokenRequests();
      await reload();
      await assertStillSignedIn(before);
      assert.equal(before, 1);
      assert.equal(await callApi(), 200);
    });

    if (isShared) {
      it('also in the only tab', async () => {
        // Of the first tab, the back/forward cache has the page before the sign-in, which keeps the vault alive over
        // every reload. It goes with its tab.
        const { driver } = page;
        const first = await driver.getWindowHandle();
        await driver.switchTo().newWindow('tab');
        const only = await driver.getWindowHandle();
        await page.useOptions(world.options(mode));
        await page.open('/only');
        await driver.switchTo().window(first);
        await driver.close();
        await driver.switchTo().window(only);
        const before = tokenRequests();
        await reload();
        await assertStillSignedIn(before);
      });
    }

    it('five times in a row', async () => {
      await untilTokenExpired();
      const before = tokenRequests();
      for (let times = 0; times < 5; times++) {
        await reload();
        await assertStillSignedIn(before);
      }
      assert.equal(await callApi(), 200);
      assert.equal(tokenRequests(), before + 1, 'the call needed a token');
    });

    it('faster than a page can start', async () => {
      const before = tokenRequests();
      for (let times = 0; times < 8; times++) {
        // The next one comes while the page of the last is still on its way to the vault.
        await page.driver.executeScript('location.reload()');
        await waitFor(() => page.driver.executeScript('return window.e2e !== undefined'), 'a page');
      }
      await page.ready();
      await assertStillSignedIn(before);
      await untilTokenExpired();
      assert.equal(await callApi(), 200);
    });

    for (const [moment, fault] of [
      ['before the server has seen it', 'waitBefore'],
      ['after the server has rotated', 'waitAfter'],
    ]) {
      it(`in the middle of a refresh, ${moment}`, async () => {
        await untilTokenExpired();
        const before = tokenRequests();
        let release;
        const held = new Promise((resolve) => (release = resolve));
        world.provider.faults.push({ grantType: 'refresh_token', [fault]: held });
        await page.run((url) => void window.auth.fetch(url).catch(() => {}), `${world.apiOrigin}/me`);
        await waitFor(() => tokenRequests() === before + 1, 'the refresh at the server');
        await reload();
        await assertStillSignedIn(before + 1);
        // The call waits for the very refresh that the page before has asked for.
        await page.run((url) => {
          window.answer = window.auth.fetch(url).then(({ status }) => status);
        }, `${world.apiOrigin}/me`);
        release();
        assert.equal(await page.run(() => window.answer), 200);
        assert.equal(tokenRequests(), before + 1);
        // Nothing was sent twice: the session is one that the server still takes.
        await untilTokenExpired();
        assert.equal(await callApi(), 200);
        assert.ok(world.refreshes().every(({ status }) => status === 200));
        assert.deepEqual(await errors(), []);
      });
    }

    it('in the middle of a refresh, whose answer comes while no page is there', async () => {
      await untilTokenExpired();
      const before = tokenRequests();
      let release;
      const held = new Promise((resolve) => (release = resolve));
      world.provider.faults.push({ grantType: 'refresh_token', waitAfter: held });
      await page.run((url) => void window.auth.fetch(url).catch(() => {}), `${world.apiOrigin}/me`);
      await waitFor(() => tokenRequests() === before + 1, 'the refresh at the server');
      release();
      await reload();
      await assertStillSignedIn(before + 1);
      assert.equal(await callApi(), 200);
      assert.equal(tokenRequests(), before + 1);
      await untilTokenExpired();
      assert.equal(await callApi(), 200);
    });

    it('while another tab lives', async () => {
      const { driver } = page;
      const first = await driver.getWindowHandle();
      await driver.switchTo().newWindow('tab');
      const second = await driver.getWindowHandle();
      await page.useOptions(world.options(mode));
      await page.open('/other');
      const before = tokenRequests();
      // In workers of their own, each tab has its own session.
      assert.equal(await isSignedIn(), isShared);
      await driver.switchTo().window(first);
      await reload();
      await assertStillSignedIn(before);
      await untilTokenExpired();
      assert.equal(await callApi(), 200);
      await driver.switchTo().window(second);
      assert.equal(await isSignedIn(), isShared);
      await driver.close();
      await driver.switchTo().window(first);
      await reload();
      await assertStillSignedIn(before + 1);
    });

    it('after the sign-out, nobody is', async () => {
      const before = tokenRequests();
      await page.signOut();
      for (let times = 0; times < 2; times++) {
        await reload();
        await page.ready();
        assert.equal(await isSignedIn(), false);
      }
      assert.equal(tokenRequests(), before);
    });
  });
}
