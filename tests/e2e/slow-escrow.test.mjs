/** A reload right after a sign-in, where the escrow takes its time: the session is there before the app hears of it. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startWorld } from './support/world.mjs';

/** Each question waits before the escrow looks at who asks, and one whose worker is gone by then is refused. */
const SLOW = `{
  const { get } = Clients.prototype;
  Clients.prototype.get = async function (id) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return get.call(this, id);
  };
}
`;

describe(`an escrow that takes its time (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    const prepareAssets = async (folder) => {
      const file = join(folder, 'escrow.js');
      await writeFile(file, SLOW + (await readFile(file, 'utf8')));
    };
    world = await startWorld({ prepareAssets });
    page = await world.openPage();
  });
  after(() => world?.close());

  for (const host of ['shared', 'dedicated']) {
    it(`has the session of a ${host} vault when the app hears of the sign-in`, async () => {
      await page.useOptions(world.options({ host }));
      await page.open('/');
      await page.signIn();
      await page.driver.navigate().refresh();
      await page.ready();
      assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
    });
  }
});
