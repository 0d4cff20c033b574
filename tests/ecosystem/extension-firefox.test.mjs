/** The same example extension in Firefox, as a temporary add-on. Its event page is stopped by Firefox itself, early. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { waitFor } from '../e2e/support/wait.mjs';
import { tokenRequests } from '../e2e/support/world.mjs';
import { classicBackground, Popup, startExtensionWorld } from './extension/world.mjs';

describe('the example extension (firefox)', () => {
  let world;
  let popup;
  before(async () => {
    world = await startExtensionWorld('firefox', 'extension-firefox', {
      // No module this time.
      files: (world) => ({ 'background.js': classicBackground(world) }),
      change({ background }) {
        delete background.type;
        background.scripts.unshift('holdfast/extension-worker.js');
      },
      // Instead of 30 seconds.
      prefs: { 'extensions.background.idle.timeout': 1000 },
    });
    popup = new Popup(world);
  });
  after(() => world?.close());

  const requests = (grantType) => tokenRequests(world.provider, grantType).length;
  const total = () => world.provider.tokenRequests.length;
  const untilStopped = () =>
    waitFor(
      () => popup.run(() => browser.extension.getBackgroundPage() === null),
      'the event page to be stopped',
      {
        timeoutMs: 30_000,
      },
    );

  it('starts signed out', async () => {
    await popup.open();
    await popup.untilShown('status', 'signed out');
    assert.equal(total(), 0);
  });

  it("signs in by the browser's own window", async () => {
    await popup.signIn();
    await popup.untilShown('status', 'signed in');
    await popup.untilShown('user', 'Ada Lovelace');
    assert.equal(requests('authorization_code'), 1);
  });

  it('calls the API', () => popup.call(world));

  it('calls again when the token has expired, with one refresh', async () => {
    await world.untilExpired(world.secrets.last('access token'));
    await popup.call(world);
    assert.equal(requests('refresh_token'), 1);
  });

  it('is signed in after its event page was stopped, in an open popup and in a new one, without a token request', async () => {
    await world.untilExpired(world.secrets.last('access token'));
    await popup.call(world);
    const before = total();
    await untilStopped();
    await popup.run(async () => {
      const { createExtensionAuthClient } = await import('/holdfast/extension.js');
      window.again = await createExtensionAuthClient();
    });
    assert.equal(await popup.run(() => window.again.user().name), 'Ada Lovelace');
    await untilStopped();
    await popup.reload();
    await popup.untilShown('status', 'signed in');
    assert.equal(total(), before);
    await popup.call(world);
  });

  it('signs out', async () => {
    await popup.signOut();
    await popup.untilShown('status', 'signed out');
    assert.equal(await world.isActive(world.secrets.last('refresh token')), false);
  });
});
