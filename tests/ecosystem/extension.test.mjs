/**
 * The example extension in Chromium, as it is made: no bundler, the files copied by `holdfast init --extension`. Its service
 * worker is stopped for good in the middle of things.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By } from 'selenium-webdriver';
import { waitFor, waitForElement } from '../e2e/support/wait.mjs';
import { tokenRequests } from '../e2e/support/world.mjs';
import { endWorker, Popup, runningWorker, startExtensionWorld, stopWorker } from './extension/world.mjs';

describe('the example extension (chromium)', () => {
  let world;
  let popup;
  before(async () => {
    world = await startExtensionWorld('chromium', 'extension', { provider: { rotationGraceSeconds: 30 } });
    popup = new Popup(world);
  });
  after(() => world?.close());

  const requests = (grantType) => tokenRequests(world.provider, grantType).length;
  const total = () => world.provider.tokenRequests.length;
  const untilExpired = () => world.untilExpired(world.secrets.last('access token'));

  it('starts signed out', async () => {
    await popup.open();
    await popup.untilShown('status', 'signed out');
    assert.equal(total(), 0);
  });

  it('says so where the window of a sign-in is closed', async () => {
    await popup.cancelSignIn();
    await popup.untilShown('answer', 'Not signed in: the window was closed.');
    assert.equal(await popup.text('status'), 'signed out');
  });

  it('ends the wait for a sign-in by its signal, and leaves the window to the person', async () => {
    const { driver } = world;
    const handles = await driver.getAllWindowHandles();
    const reason = await popup.run(async () => {
      const { createExtensionAuthClient } = await import('/holdfast/extension.js');
      const auth = await createExtensionAuthClient();
      const controller = new AbortController();
      const signIn = auth.loginWithPopup({ signal: controller.signal });
      controller.abort('enough');
      return signIn.catch((error) => error);
    });
    assert.equal(reason, 'enough');
    const page = await driver.getWindowHandle();
    const opened = async () => (await driver.getAllWindowHandles()).find((each) => !handles.includes(each));
    await driver.switchTo().window(await waitFor(opened, 'a window to open'));
    await waitForElement(driver, By.name('login'), "the server's sign-in form");
    await driver.close();
    await driver.switchTo().window(page);
    await waitFor(async () => !(await opened()), 'the window to be closed');
    assert.equal(await popup.text('status'), 'signed out');
  });

  it("signs in by the browser's own window", async () => {
    await popup.signIn();
    await popup.untilShown('status', 'signed in');
    await popup.untilShown('user', 'Ada Lovelace');
    assert.equal(requests('authorization_code'), 1);
  });

  it('calls the API', () => popup.call(world));

  it('shows the same person on the options page', async () => {
    await popup.open('/options.html');
    await popup.untilShown('user', 'Ada Lovelace');
    await popup.open();
    await popup.untilShown('status', 'signed in');
  });

  it('calls again when the token has expired, with one refresh', async () => {
    await untilExpired();
    await popup.call(world);
    assert.equal(requests('refresh_token'), 1);
  });

  it('is signed in after a reload of the popup, without a token request', async () => {
    const before = total();
    await popup.reload();
    await popup.untilShown('status', 'signed in');
    assert.equal(total(), before);
  });

  it('is signed in in an open popup after the service worker was stopped, without a token request', async () => {
    await untilExpired();
    await popup.call(world);
    const before = total();
    await stopWorker(world);
    // An open popup keeps none alive, and starts none by itself.
    assert.equal(await runningWorker(world), undefined);
    await popup.call(world);
    assert.ok(await runningWorker(world));
    assert.equal(total(), before);
  });

  it('is signed in in a new popup after the service worker was stopped, without a token request', async () => {
    const before = total();
    await stopWorker(world);
    await popup.reload();
    await popup.untilShown('status', 'signed in');
    await popup.untilShown('user', 'Ada Lovelace');
    assert.equal(total(), before);
  });

  it('goes on with a refresh in the middle of which the service worker was stopped', async () => {
    await untilExpired();
    const [refreshes, calls] = [requests('refresh_token'), world.api.requests.length];
    // The server has rotated; its answer comes to nobody.
    let release;
    world.provider.faults.push({
      grantType: 'refresh_token',
      waitAfter: () => new Promise((resolve) => (release = resolve)),
    });
    await popup.click('call');
    await waitFor(() => release, 'the refresh to be under way');
    await endWorker(world);
    await waitFor(() => requests('refresh_token') > refreshes + 1, 'the next service worker to ask again');
    release();
    await waitFor(() => world.api.requests[calls]?.status === 200, 'the API to be called');
    assert.equal(world.api.requests.at(-1).authorization, 'valid');
    assert.equal(world.api.requests.length, calls + 1);
    assert.equal(requests('refresh_token'), refreshes + 2);
    assert.equal(await popup.text('status'), 'signed in');
  });

  it('finds the person again without a window where the session is gone here and not at the server', async () => {
    await popup.run(() => chrome.storage.session.clear());
    await stopWorker(world);
    await popup.reload();
    await popup.untilShown('status', 'signed out');
    const before = requests('authorization_code');
    const find = (redirect) =>
      popup.run(async (redirect) => {
        const { createExtensionAuthClient } = await import('/holdfast/extension.js');
        return (await createExtensionAuthClient()).checkSession({ redirect });
      }, redirect);
    assert.equal(await find(false), false);
    assert.equal(await find(true), true);
    await popup.untilShown('status', 'signed in');
    assert.equal(requests('authorization_code'), before + 1);
    assert.equal((await world.driver.getAllWindowHandles()).length, 1);
  });

  it('asks the server once where two pages ask for the person at the same time', async () => {
    await popup.run(() => chrome.storage.session.clear());
    await stopWorker(world);
    await popup.reload();
    await popup.untilShown('status', 'signed out');
    const before = requests('authorization_code');
    const found = await popup.run(async () => {
      const { createExtensionAuthClient } = await import('/holdfast/extension.js');
      const clients = await Promise.all([createExtensionAuthClient(), createExtensionAuthClient()]);
      return Promise.all(clients.map((auth) => auth.checkSession({ redirect: true })));
    });
    assert.deepEqual(found, [true, true]);
    assert.equal(requests('authorization_code'), before + 1);
  });

  it('signs out, at the server too', async () => {
    await popup.signOut();
    await popup.untilShown('status', 'signed out');
    await stopWorker(world);
    await popup.reload();
    await popup.untilShown('status', 'signed out');
    assert.equal(await world.isActive(world.secrets.last('refresh token')), false);
  });
});
