/**
 * A tab that was visible and idle for three minutes is reloaded: browsers have stopped every service worker by then that
 * nobody talked to. Takes as long as it says, so it runs beside the other end-to-end tests.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../support/browser.mjs';
import { waitFor } from '../support/wait.mjs';
import { startWorld } from '../support/world.mjs';

const IDLE_MS = 180_000;

describe(`three minutes in which a visible tab did nothing (${browserName})`, () => {
  const apps = new Map();
  before(async () => {
    for (const host of ['shared', 'dedicated']) apps.set(host, await openApp(host));
    const start = performance.now();
    await waitFor(() => performance.now() - start > IDLE_MS, 'three minutes', {
      timeoutMs: IDLE_MS + 20_000,
      everyMs: 1000,
    });
  });
  after(async () => {
    for (const { world } of apps.values()) await world.close();
  });

  for (const host of ['shared', 'dedicated']) {
    it(`a reload finds the session of a ${host} vault, and costs no token request`, async () => {
      const { world, page } = apps.get(host);
      assert.equal(world.provider.tokenRequests.length, 1, "the sign-in's own");
      await page.driver.navigate().refresh();
      await page.ready();
      assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
      assert.equal(world.provider.tokenRequests.length, 1);
      const status = await page.run(
        async (url) => (await window.auth.fetch(url)).status,
        `${world.apiOrigin}/me`,
      );
      assert.equal(status, 200);
      assert.equal(world.refreshes().length, 1, 'for the call');
    });
  }

  /** Somebody is signed in, in a tab that has nothing in the back/forward cache which could keep a vault alive. */
  async function openApp(host) {
    const world = await startWorld({ provider: { accessTokenSeconds: 5 } });
    apps.set(host, { world });
    const page = await world.openPage();
    await page.useOptions(world.options({ host }));
    await page.open('/');
    await page.signIn();
    if (host === 'shared') {
      const { driver } = page;
      const first = await driver.getWindowHandle();
      await driver.switchTo().newWindow('tab');
      const second = await driver.getWindowHandle();
      await page.useOptions(world.options({ host }));
      await page.open('/');
      await driver.switchTo().window(first);
      await driver.close();
      await driver.switchTo().window(second);
    }
    return { world, page };
  }
});
