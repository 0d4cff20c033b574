/**
 * Back and forward. A page that the browser restores as it was must not show, or use, what is over meanwhile.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startDeployedApp } from './support/deployed-app.mjs';
import { Tab } from './support/tabs.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld, tokenRequests } from './support/world.mjs';

const TOKEN_SECONDS = 3;

const isSignedIn = (tab) => tab.run(() => window.auth.isAuthenticated());
const typesOf = async (tab) => (await tab.seen()).events.map(({ type }) => type);

for (const host of ['shared', 'dedicated']) {
  describe(`the Back button, with a ${host} worker (${browserName})`, () => {
    let world;
    let tab;
    before(async () => {
      world = await startWorld({ provider: { accessTokenSeconds: TOKEN_SECONDS } });
      tab = await Tab.open(await world.openPage(), world.options({ host }), '/one');
      await tab.signIn({ name: 'Ada Lovelace' });
    });
    after(() => world?.close());
    const untilTokenExpired = () => world.untilExpired(world.secrets.last('access token'));
    const callApi = () =>
      tab.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`);

    it('restores a page that goes on with its session', async () => {
      await tab.leaveFor('/setup.html');
      await untilTokenExpired();
      const before = world.refreshes().length;
      assert.ok(await tab.back(), 'the page was restored as it was');
      assert.equal(world.refreshes().length, before, 'to come back makes no token request');
      assert.equal(await isSignedIn(tab), true);
      assert.equal(await callApi(), 200);
      assert.equal(world.refreshes().length, before + 1);
      assert.deepEqual([...new Set(await typesOf(tab))], ['signedin', 'refreshed']);
    });

    it('calls that are made before the vault has answered wait for it', async () => {
      await tab.leaveFor('/setup.html');
      await tab.focus();
      await tab.driver.navigate().back();
      const url = `${world.apiOrigin}/me`;
      // As the page comes back: nothing was awaited in between.
      assert.equal(await tab.run(async (given) => (await window.auth.fetch(given)).status, url), 200);
    });

    it('does not bring back who signed out', async () => {
      await tab.open('/another');
      const { historyLength } = await tab.seen();
      await tab.signOut();
      const steps = (await tab.seen()).historyLength - historyLength;
      // Not at once: the page must have answered the test before it goes.
      await tab.run((back) => void setTimeout(() => history.go(-back)), steps);
      await tab.waitForUrl(`${world.siteOrigin}/another`);
      await tab.ready();
      assert.equal(await isSignedIn(tab), false);
      assert.equal(await tab.run(() => window.auth.user()), null);
      const [calls, requests] = [world.api.requests.length, world.provider.tokenRequests.length];
      await assert.rejects(callApi(), { code: 'login_required' });
      assert.deepEqual([world.api.requests.length, world.provider.tokenRequests.length], [calls, requests]);
      await tab.signIn();
      assert.equal(await callApi(), 200);
    });
  });
}

// Each in a browser of its own: an earlier story's session would be taken, too.
for (const host of ['shared', 'dedicated']) {
  describe(`a page whose session another ${host} vault has taken (${browserName})`, () => {
    let world;
    let tab;
    before(async () => {
      world = await startDeployedApp({ provider: { accessTokenSeconds: TOKEN_SECONDS } });
      tab = await Tab.open(await world.openPage(), world.options({ host }), '/one');
    });
    after(() => world?.close());
    const untilTokenExpired = () => world.untilExpired(world.secrets.last('access token'));
    const callApi = () =>
      tab
        .run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`)
        .catch(({ code, message }) => code ?? message);
    const signIns = () => tokenRequests(world.provider, 'authorization_code').length;

    /** Comes from /one, where somebody is signed in, to /two; answers whether the vault there has the session. */
    async function goOn({ version } = {}) {
      if (!(await tab.driver.getCurrentUrl()).endsWith('/one')) await tab.open('/one');
      if (!(await isSignedIn(tab))) await tab.signIn();
      if (version) await world.deploy(version);
      await tab.leaveFor('/two');
      return isSignedIn(tab);
    }

    /** How many calls the API had seen when /one's tokens were worthless. */
    let callsBefore = Infinity;

    /** Makes /one's tokens worthless. */
    async function refreshThere() {
      await untilTokenExpired();
      assert.equal(await callApi(), 200);
      await untilTokenExpired();
      callsBefore = world.api.requests.length;
    }

    function assertNoStaleTokenWasUsed() {
      assert.ok(world.refreshes().every(({ status }) => status === 200));
      assert.equal(world.secrets.ofKind('refresh token').length, world.refreshes().length + signIns());
      const since = world.api.requests.slice(callsBefore);
      assert.ok(since.every(({ authorization }) => authorization !== 'refused'));
      callsBefore = Infinity;
    }

    if (host === 'shared') {
      it('does not use its old tokens when it comes back', async () => {
        assert.ok(await goOn({ version: '7.0.0+second' }), 'the new version took the session over');
        await refreshThere();
        const isRestored = await tab.back();
        const outcome = await callApi();
        // Loaded anew it is a page of the new version, too.
        if (isRestored) assert.equal(outcome, browserName === 'webkit' ? 200 : 'session_moved');
        else assert.equal(outcome, 200);
        assertNoStaleTokenWasUsed();
      });

      it('is cured by a reload', async () => {
        const before = signIns();
        await tab.open('/one');
        assert.equal(await isSignedIn(tab), true);
        assert.equal(await callApi(), 200);
        assert.equal(signIns(), before);
        assertNoStaleTokenWasUsed();
      });
    } else {
      it('does not use its old tokens when it comes back', async () => {
        const isTaken = await goOn();
        // Chromium and Firefox count a worker in the back/forward cache among the living: its session is not given away.
        assert.equal(isTaken, browserName === 'webkit');
        if (isTaken) await refreshThere();
        assert.ok(await tab.back(), 'the page was restored as it was');
        assert.equal(await isSignedIn(tab), true);
        assert.equal(await callApi(), 200);
        assertNoStaleTokenWasUsed();
      });

      it('does not bring back who signed out there', async () => {
        await tab.open('/one');
        // An app that looks for news as soon as it is seen again, which browsers tell before `pageshow`.
        await tab.run((url) => {
      let changes = 0;
      document.addEventListener('visibilitychange', () => {
        // The first is on the way out.
        if (++changes !== 2) return;
        window.early = window.auth.fetch(url).then(({ status }) => status, ({ code }) => code);
      });
    }, `${world.apiOrigin}/me`); // prettier-ignore
        const isTaken = await goOn();
        if (isTaken) await tab.run(() => window.auth.logout({ localOnly: true }));
        const calls = world.api.requests.length;
        assert.ok(await tab.back(), 'the page was restored as it was');
        await waitFor(() => tab.run(() => Boolean(window.early)), 'the app to look for news');
        assert.equal(await tab.run(() => window.early), isTaken ? 'login_required' : 200);
        if (isTaken) assert.equal(world.api.requests.length, calls);
        assert.equal(await isSignedIn(tab), !isTaken);
        assert.equal(await callApi(), isTaken ? 'login_required' : 200);
        if (isTaken) assert.equal((await typesOf(tab)).at(-1), 'signedout');
        assertNoStaleTokenWasUsed();
      });
    }
  });
}
