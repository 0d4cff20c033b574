/**
 * The same life of a session with each service of src/core/providers.json: the server behaves as that service, and the app
 * says which it is by the option `provider`, and no more. What must differ is computed from the data.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { behaviourOf, profiles } from '../server/profiles.mjs';
import { browserName } from './support/browser.mjs';
import { Tab } from './support/tabs.mjs';
import { waitFor } from './support/wait.mjs';
import { CLIENT_ID, startWorld } from './support/world.mjs';

const TOKEN_SECONDS = 2;
/** Those that other files run with all the time. */
const general = ['standard', 'no-rotation', 'no-grace'];
const shown = profiles.filter(({ id, facts }) => facts.secret.value === 'none' && !general.includes(id));
const google = profiles.find(({ id }) => id === 'google');

let behaviour = behaviourOf(shown[0]);
const seen = { refreshes: [], signOuts: [] };
let world;
let page;
let tabs = [];

/** What the server sees of refreshes and sign-outs. */
async function watch(ctx, next) {
  const { form } = ctx.state;
  await next();
  if (form?.get('grant_type') === 'refresh_token')
    seen.refreshes.push({ sent: form.get('refresh_token'), status: ctx.status, body: ctx.body ?? {} });
  if (ctx.path === '/session/end') seen.signOuts.push({ ...ctx.query });
}

before(async () => {
  world = await startWorld({
    provider: { accessTokenSeconds: TOKEN_SECONDS, behaviour: () => behaviour, watch },
  });
  page = await world.openPage();
});
after(() => world?.close());

const callApi = (tab) =>
  tab.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`);
const isSignedIn = (tab) => tab.run(() => window.auth.isAuthenticated());
const lastAccessToken = () => world.secrets.last('access token');
const lastRefreshToken = () => world.secrets.last('refresh token');

/** A call that makes a refresh: the API has refused the token at hand. */
function callWithRefresh(tab) {
  world.refuse(lastAccessToken());
  return callApi(tab);
}

/** The events of this type in each tab. */
async function inEachTab(type) {
  const found = [];
  for (const tab of tabs) {
    const { events } = await tab.seen();
    found.push(events.filter((event) => event.type === type).map(({ detail }) => detail));
  }
  return found;
}

/** The server becomes that service, and the app starts in two new tabs with options that say so. */
async function start(profile) {
  behaviour = behaviourOf(profile);
  world.provider.dpop.requireNonce = behaviour.dpop === 'nonce';
  const options = { ...world.options({ dpop: 'auto' }), ...profile.client, scope: undefined };
  for (const tab of tabs) await tab.close();
  tabs = [await Tab.open(page, options), await Tab.open(page, options)];
}

for (const profile of shown) {
  describe(`${profile.name} (${browserName})`, () => {
    const { rotation, graceSeconds, reuseEnds, refusal, signOut, offlineAccess, ...facts } =
      behaviourOf(profile);
    const revokes = facts.revocationEnds === 'session';
    const [first, second] = [() => tabs[0], () => tabs[1]];
    before(() => start(profile));

    /** The session is over: each tab was told once why, and nothing is asked of the server for it any more. */
    async function assertEnded() {
      await waitFor(
        async () => (await inEachTab('sessionexpired')).every(({ length }) => length > 0),
        'the end',
      );
      assert.deepEqual(await inEachTab('sessionexpired'), [[{ reason: 'refused' }], [{ reason: 'refused' }]]);
      const { status, body } = seen.refreshes.at(-1);
      assert.deepEqual([status, body], [refusal.status, refusal.body]);
      const before = world.provider.tokenRequests.length;
      for (const tab of tabs) {
        assert.equal(await isSignedIn(tab), false);
        await assert.rejects(callApi(tab), { code: 'login_required' });
      }
      assert.equal(world.provider.tokenRequests.length, before);
    }

    it('signs in in both tabs, with a refresh token', async () => {
      await first().signIn();
      await waitFor(() => isSignedIn(second()), 'the other tab to hear of it');
      const asked = world.secrets.authorizationRequests.at(-1).get('scope').split(' ');
      assert.equal(asked.includes('offline_access'), offlineAccess === 'needed');
      assert.equal(world.provider.acceptedRefreshTokens().length > 0, true);
      assert.equal(await callApi(first()), 200);
    });

    it('makes one refresh for both, and none for a reload', async () => {
      await world.untilExpired(lastAccessToken());
      const count = world.refreshes().length;
      let release;
      world.provider.faults.push({
        grantType: 'refresh_token',
        waitBefore: new Promise((done) => (release = done)),
      });
      for (const tab of tabs) {
        await tab.run((url) => {
          window.calls = Promise.all([1, 2, 3].map(async () => (await window.auth.fetch(url)).status));
        }, `${world.apiOrigin}/me`);
      }
      release();
      for (const tab of tabs) assert.deepEqual(await tab.run(() => window.calls), [200, 200, 200]);
      const successes = world
        .refreshes()
        .slice(count)
        .filter(({ status }) => status === 200);
      assert.equal(successes.length, 1);
      await first().open('/');
      assert.equal(await first().run(() => window.auth.checkSession()), true);
      assert.equal(world.refreshes().length, count + successes.length + nonceRequests(count));
    });

    /** Each proof without the server's nonce costs a request that says which. */
    const nonceRequests = (from) =>
      world
        .refreshes()
        .slice(from)
        .filter(({ error }) => error === 'use_dpop_nonce').length;

    it('sends the newest refresh token', async () => {
      const newest = lastRefreshToken();
      assert.equal(await callWithRefresh(first()), 200);
      const { sent, body } = seen.refreshes.at(-1);
      assert.equal(sent, newest);
      const given = { replaces: 'another', adds: 'another', repeats: sent, omits: undefined }[rotation];
      if (given === 'another') assert.equal([undefined, sent].includes(body.refresh_token), false);
      else assert.equal(body.refresh_token, given);
    });

    it('signs in again, and revoking what that replaces does not hurt', async () => {
      const replaced = lastRefreshToken();
      await first().signIn();
      if (revokes) await waitFor(() => world.provider.revocations.includes(replaced), 'the revocation');
      assert.equal(await callWithRefresh(first()), 200);
      assert.equal(world.provider.revocations.includes(replaced), revokes);
    });

    if (rotation !== 'replaces' || graceSeconds > 0) {
      it('loses nothing by a lost answer', async () => {
        world.provider.faults.push({ grantType: 'refresh_token', destroy: 'after' });
        assert.equal(await callWithRefresh(first()), 200);
        assert.deepEqual(await inEachTab('sessionexpired'), [[], []]);
      });
    } else {
      it('ends once, and cleanly, by a lost answer', async () => {
        world.provider.faults.push({ grantType: 'refresh_token', destroy: 'after' });
        await assert.rejects(callWithRefresh(first()), { code: 'session_expired' });
        await assertEnded();
        await first().signIn();
        await second().open('/');
      });
    }

    if (rotation === 'adds' || (rotation === 'replaces' && graceSeconds === 0)) {
      it(`a thief of an old token ends ${reuseEnds}`, async () => {
        const old = lastRefreshToken();
        assert.equal(await callWithRefresh(first()), 200);
        const form = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: old };
        await fetch(`${world.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
        if (reuseEnds === 'nothing') {
          assert.equal(await callWithRefresh(first()), 200);
          return;
        }
        await assert.rejects(callWithRefresh(first()), { code: 'session_expired' });
        await assertEnded();
        await first().signIn();
        await second().open('/');
      });
    }

    it('ends once where the server ends the session', async () => {
      world.provider.endAppSessions();
      await assert.rejects(callWithRefresh(first()), { code: 'session_expired' });
      await assertEnded();
    });

    it('signs out its way, also at the server', async () => {
      await first().signIn();
      const token = lastRefreshToken();
      const counts = [seen.signOuts.length, world.provider.signOuts.length];
      await first().run(() => {
        window.e2e.leaving = true; // until another page is there
        window.auth.logout().catch(() => {});
      });
      if (signOut === 'standard') await first().confirmSignOut();
      else await waitFor(() => first().hasLeft(), 'the sign-out to leave the page');
      await first().ready();
      const home = `${world.siteOrigin}/`;
      const own = world.provider.signOuts.slice(counts[1]);
      if (signOut === 'standard') {
        assert.ok(seen.signOuts.slice(counts[0])[0].id_token_hint);
        assert.deepEqual(own, []);
      } else {
        assert.deepEqual(own, [
          { path: signOut.path, parameters: { client_id: CLIENT_ID, [signOut.returnTo]: home } },
        ]);
        assert.equal(seen.signOuts.length, counts[0]);
      }
      assert.equal((await first().seen()).url, home);
      assert.equal(world.provider.revocations.includes(token), revokes);
      for (const tab of tabs) assert.equal(await isSignedIn(tab), false);
      await first().startSignIn();
      assert.equal(
        await waitFor(() => first().atFormOrBack(), 'the server'),
        'form',
        'the server knows nobody',
      );
    });
  });
}

describe(`${google.name} (${browserName})`, () => {
  it('is refused with the reason', async () => {
    await start(google);
    const { error } = await tabs[0].seen();
    assert.deepEqual([error.code, error.phase], ['invalid_options', 'init']);
    assert.match(error.message, /client secret/);
  });

  it('could not sign in without the option either', async () => {
    await start({ ...google, client: {} });
    await assert.rejects(tabs[0].signIn(), ({ code, oauth }) => {
      assert.deepEqual([code, oauth.error], ['token_refused', 'invalid_request']);
      return true;
    });
    assert.equal(await isSignedIn(tabs[0]), false);
  });
});
