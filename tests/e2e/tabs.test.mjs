/**
 * Several tabs: one session and one refresh for all of them where they share a worker, and one for each where they do
 * not. What the servers saw is the measure.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { Tab } from './support/tabs.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const TOKEN_SECONDS = 4;
const CALLS = 100;

const typesOf = async (tab) => (await tab.seen()).events.map(({ type }) => type);
const isSignedIn = (tab) => tab.run(() => window.auth.isAuthenticated());
const callApi = (tab, url) => tab.run(async (given) => (await window.auth.fetch(given)).status, url);

/** An API that lets everybody in: hundreds of calls must not take longer than a token lives. */
async function startFastApi() {
  const api = await startListener({ answersAtOnce: true });
  /** The tokens that it has seen since it was asked last. */
  const takeTokens = () => [...new Set(api.requests.splice(0).map(({ headers }) => headers.authorization))];
  return { ...api, url: `${api.origin}/`, takeTokens };
}

/** Makes this page call the API a hundred times at once as soon as `fire` is called in any tab. */
function load(tab, url) {
  return tab.run(
    (given, count) => {
      const channel = new BroadcastChannel('e2e-fire');
      window.outcome = new Promise((resolve) => {
        channel.onmessage = () => {
          const calls = Array.from({ length: count }, () => window.auth.fetch(given));
          window.hasFired = true;
          resolve(Promise.all(calls.map((call) => call.then(({ status }) => status, ({ code }) => code))));
        };
      });
      window.hasFired = false;
    },
    url,
    CALLS,
  ); // prettier-ignore
}

async function fire(tabs) {
  await tabs[0].run(() => {
    new BroadcastChannel('e2e-fire').postMessage('fire');
  });
  for (const tab of tabs) await waitFor(() => tab.run(() => window.hasFired), 'the tab to make its calls');
}

async function openTabs(world, count, options) {
  const first = await world.openPage();
  const tabs = [];
  for (let opened = 0; opened < count; opened++) tabs.push(await Tab.open(first, options));
  return tabs;
}

/** Holds the answer to the next refresh back until `release` is called. */
function holdRefresh({ provider }) {
  let release;
  const waitBefore = new Promise((resolve) => (release = resolve));
  provider.faults.push({ grantType: 'refresh_token', waitBefore });
  return release;
}

describe(`tabs of one session (${browserName})`, () => {
  let world;
  let tabs;
  let api;
  before(async () => {
    api = await startFastApi();
    world = await startWorld({ provider: { accessTokenSeconds: TOKEN_SECONDS }, moreApis: [api.origin] });
    tabs = await openTabs(world, 5, world.options({ resources: [api.url] }));
    for (const tab of tabs) await tab.run(() => void (window.isTheSameDocument = true));
  });
  after(async () => {
    await world?.close();
    await api?.close();
  });
  const untilTokenExpired = () => world.untilExpired(world.secrets.last('access token'));

  it('signing in in one signs in all others, without a reload', async () => {
    const [first, ...others] = tabs;
    await first.signIn({ name: 'Ada Lovelace' });
    for (const tab of others) {
      await waitFor(async () => (await typesOf(tab)).includes('signedin'), 'the other tab to hear of it');
      assert.deepEqual((await typesOf(tab)).filter((type) => type === 'signedin').length, 1);
      assert.equal(await tab.run(() => window.auth.user().name), 'Ada Lovelace');
      assert.equal(await callApi(tab, api.url), 200);
      assert.ok(await tab.run(() => window.isTheSameDocument));
    }
  });

  it(`${CALLS} calls at once in each of 5 tabs with an expired token make one refresh`, async () => {
    for (const tab of tabs) await load(tab, api.url);
    await untilTokenExpired();
    api.takeTokens();
    const before = world.refreshes().length;
    const release = holdRefresh(world);
    await fire(tabs);
    release();
    for (const tab of tabs) assert.deepEqual(await tab.run(() => window.outcome), Array(CALLS).fill(200));
    assert.equal(world.refreshes().length, before + 1);
    assert.deepEqual(api.takeTokens(), [`Bearer ${world.secrets.last('access token')}`]);
  });

  it('the refresh of a tab that dies serves the others', async () => {
    const dying = tabs.pop();
    for (const tab of tabs) await load(tab, api.url);
    await untilTokenExpired();
    api.takeTokens();
    const before = world.refreshes().length;
    const release = holdRefresh(world);
    await dying.run((url) => void window.auth.fetch(url).catch(() => {}), api.url);
    await waitFor(() => world.refreshes().length === before + 1, 'its refresh to reach the server');
    await fire(tabs);
    await dying.close();
    release();
    for (const tab of tabs) assert.deepEqual(await tab.run(() => window.outcome), Array(CALLS).fill(200));
    assert.equal(world.refreshes().length, before + 1);
    assert.deepEqual(api.takeTokens(), [`Bearer ${world.secrets.last('access token')}`]);
  });

  const DIFFERENCES = {
    scope: 'openid profile',
    resources: ['https://api.example/'],
    issuer: 'https://other.example',
  };
  for (const [name, value] of Object.entries(DIFFERENCES)) {
    it(`a tab that comes to the same worker with another \`${name}\` gets an error, and nothing else happens`, async () => {
      const [first, second] = tabs;
      // The app's own worker: the one that the first tab's vault lives in.
      const worker = await first.run(() => {
        const { url, options } = window.e2e.workers.at(-1);
        return [url, options];
      });
      const refused = await second.run(
        async (options, [url, made]) => {
          const other = window.e2e.createAuthClient({ ...options, worker: () => new SharedWorker(url, made) });
          return other.then(() => 'it was accepted', ({ name, code, phase }) => ({ name, code, phase }));
        },
        world.options({ resources: [api.url], [name]: value }),
        worker,
      ); // prettier-ignore
      assert.deepEqual(refused, { name: 'AuthError', code: 'config_mismatch', phase: 'init' });
      for (const tab of tabs) {
        assert.equal(await isSignedIn(tab), true);
        assert.equal(await callApi(tab, api.url), 200);
        assert.ok(
          !(await typesOf(tab)).some((type) => ['signedout', 'sessionexpired', 'error'].includes(type)),
        );
      }
    });
  }

  it('signing out in one signs all out at once, also one that comes back by the Back button', async () => {
    const [first, second, away] = tabs;
    await away.leaveFor('/setup.html');
    await first.run(() => window.auth.logout({ localOnly: true }));
    await waitFor(async () => !(await isSignedIn(second)), 'the other tab to hear of it');
    assert.equal((await typesOf(second)).at(-1), 'signedout');
    await backFromAway(away, 'signedout');
    api.takeTokens();
    for (const tab of tabs) {
      assert.equal(await isSignedIn(tab), false);
      await assert.rejects(callApi(tab, api.url), { code: 'login_required' });
    }
    assert.deepEqual(api.takeTokens(), []);
    assert.ok(await second.run(() => window.isTheSameDocument));
  });

  it('one that comes back by the Back button learns that somebody signed in meanwhile', async () => {
    const [first, , away] = tabs;
    await away.leaveFor('/setup.html');
    await first.signIn();
    await backFromAway(away, 'signedin');
    assert.equal(await isSignedIn(away), true);
    assert.equal(await callApi(away, api.url), 200);
  });

  /**
   * Chromium and Firefox throw a page out of the back/forward cache when its shared worker speaks to it, and load it
   * anew. WebKit keeps it.
   */
  async function backFromAway(tab, event) {
    assert.equal(await tab.back(), browserName === 'webkit', 'whether the page was restored as it was');
    if (browserName === 'webkit') {
      await waitFor(async () => (await typesOf(tab)).at(-1) === event, 'the restored page to hear of it');
    }
  }
});

describe(`a tab that outlives the one in which its shared worker began (${browserName})`, () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  it('goes on, though WebKit starts the worker anew', async () => {
    const page = await world.openPage();
    // The worker begins here, before the browser goes to the server and perhaps to another process.
    const first = await Tab.open(page, world.options());
    await first.signIn();
    const second = await Tab.open(page, world.options());
    assert.equal(await isSignedIn(second), true);
    await first.close();
    await second.focus();
    // A call that comes in the very moment may fail; it says that it may be tried again.
    const status = await waitFor(
      () => callApi(second, `${world.apiOrigin}/me`).catch(({ retryable }) => assert.ok(retryable)),
      'an answer',
    );
    assert.equal(status, 200);
    assert.equal(await isSignedIn(second), true);
    assert.equal(world.provider.tokenRequests.length, 1, "the sign-in's own");
  });
});

describe(`tabs with sessions of their own (${browserName})`, () => {
  let world;
  let tabs;
  let api;
  before(async () => {
    api = await startFastApi();
    world = await startWorld({ provider: { accessTokenSeconds: TOKEN_SECONDS }, moreApis: [api.origin] });
    tabs = await openTabs(world, 3, world.options({ host: 'dedicated', resources: [api.url] }));
  });
  after(async () => {
    await world?.close();
    await api?.close();
  });

  it('each signs in for itself', async () => {
    for (const [index, tab] of tabs.entries()) {
      assert.equal(await isSignedIn(tab), false);
      const { askedForCredentials } = await tab.signIn();
      assert.equal(askedForCredentials, index === 0, "the server's own session is one");
    }
    for (const tab of tabs)
      assert.deepEqual(
        (await typesOf(tab)).filter((type) => type === 'signedin'),
        ['signedin'],
      );
  });

  it(`${CALLS} calls at once in each with an expired token make one refresh for each`, async () => {
    for (const tab of tabs) await load(tab, api.url);
    await world.untilExpired(world.secrets.last('access token'));
    const before = world.refreshes().length;
    const releases = tabs.map(() => holdRefresh(world));
    await fire(tabs);
    for (const release of releases) release();
    for (const tab of tabs) assert.deepEqual(await tab.run(() => window.outcome), Array(CALLS).fill(200));
    assert.equal(world.refreshes().length, before + tabs.length);
    const refreshTokens = world.secrets.ofKind('refresh token');
    assert.equal(refreshTokens.length, 2 * tabs.length, 'each was sent once');
  });

  it('signing out of one leaves the others', async () => {
    const [first, ...others] = tabs;
    await first.run(() => window.auth.logout({ localOnly: true }));
    assert.equal(await isSignedIn(first), false);
    for (const tab of others) assert.equal(await callApi(tab, api.url), 200);
  });
});
