/**
 * The escrow by itself: who gets a session back, who does not, and what becomes of a token request whose vault is gone.
 * Each test has a fingerprint of its own, since the escrow remembers.
 */
import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { escrowTools, startEscrowWorld } from './support/escrow-world.mjs';
import { waitFor } from './support/wait.mjs';

const NOTHING = { status: 200, type: 'nothing' };
const KEPT = { status: 200, type: 'kept' };
const NEW = { status: 200, type: 'new' };
const LOST = { status: 200, type: 'lost' };
const FORGOTTEN = { status: 200, type: 'forgotten' };
const stateOf = (state) => ({ status: 200, type: 'state', state });
const FORM = 'application/x-www-form-urlencoded';

describe(`the escrow (${browserName})`, () => {
  let world;
  let page;
  let start, ask, end, claim, park, forget, reload, register;
  before(async () => {
    world = await startEscrowWorld();
    page = await world.openPage();
    ({ start, ask, end, claim, park, forget, reload, register } = escrowTools(page));
    await page.open('/escrow.html');
  });
  after(() => world?.close());

  /** A claim that is answered once the browser has noticed that the owner is gone. */
  const claimSoon = (label, fingerprint) =>
    waitFor(async () => {
      const answer = await claim(label, fingerprint);
      return answer.type === 'state' && answer;
    }, 'the session of the worker that was ended');

  it('without it, a message goes nowhere', async () => {
    await start('early');
    assert.deepEqual(await ask('early', { type: 'hello' }), { error: 'TypeError' });
    await register();
  });

  it('is there for the workers of a page that is loaded afterwards', async () => {
    await reload();
    for (const kind of ['dedicated', 'shared']) {
      await start(kind, kind);
      assert.deepEqual(await ask(kind, { type: 'hello' }), KEPT);
      assert.deepEqual(await claim(kind, 'nobody'), NOTHING);
    }
  });

  it('controls no page of the app', async () => {
    assert.equal(await page.run(() => navigator.serviceWorker.controller), null);
  });

  for (const kind of ['dedicated', 'shared']) {
    it(`keeps the newest deposit of a ${kind} vault over reloads, for one vault`, async () => {
      const fingerprint = `reload ${kind}`;
      await start('first', kind);
      assert.deepEqual(await park('first', fingerprint, 'ticket', 'older'), NEW);
      assert.deepEqual(await park('first', fingerprint, 'ticket', 'newer'), KEPT);
      for (let times = 0; times < 3; times++) {
        await reload();
        await start('next', kind);
        assert.deepEqual(await claim('next', fingerprint), stateOf('newer'));
        await start('another', 'dedicated');
        assert.deepEqual(await claim('another', fingerprint), NOTHING);
      }
      // It is the deposit of whoever has the session that counts.
      assert.deepEqual(await park('next', fingerprint, 'ticket', 'newest'), KEPT);
      await reload();
      await start('next', kind);
      assert.deepEqual(await claim('next', fingerprint), stateOf('newest'));
    });
  }

  it('gives nothing to a vault of another fingerprint', async () => {
    await start('owner');
    await park('owner', 'one', 'of one', 'state');
    await reload();
    await start('stranger');
    assert.deepEqual(await claim('stranger', 'two'), NOTHING);
    const forged = { type: 'park', fingerprint: 'two', ticket: 'one: of one', state: 'mine', id: null };
    assert.deepEqual(await ask('stranger', forged), LOST);
    assert.deepEqual(await claim('stranger', 'one'), stateOf('state'));
  });

  it('leaves a session with the tab that has it', async () => {
    await start('owner');
    await park('owner', 'tabs', 'of the owner', 'state');
    await start('other');
    assert.deepEqual(await claim('other', 'tabs'), NOTHING);
    assert.deepEqual(await park('other', 'tabs', 'of the other', 'another'), NEW);
    await end('owner');
    assert.deepEqual(await claimSoon('other', 'tabs'), stateOf('another'), 'its own, the newest');
    await start('third');
    assert.deepEqual(await claimSoon('third', 'tabs'), stateOf('state'), 'what the closed tab left');
  });

  it('gives a session to one of many that ask at once', async () => {
    await start('owner');
    await park('owner', 'race', 'ticket', 'state');
    await reload();
    const labels = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const label of labels) await start(label);
    const answers = await page.run(
      (all, message) => Promise.all(all.map((label) => window.ask(label, message))),
      labels,
      { type: 'claim', fingerprint: 'race' },
    );
    const types = answers.map(({ type }) => type).sort();
    assert.deepEqual(types, ['nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'state']);
  });

  it('lets a shared vault of another version relieve the one that is there', async () => {
    await start('older', 'shared', { name: 'older' });
    await park('older', 'relief', 'ticket', 'state');
    await start('twin', 'shared', { name: 'twin' });
    assert.deepEqual(await claim('twin', 'relief'), NOTHING);
    await start('newer', 'shared', { name: 'newer' });
    const message = { type: 'claim', fingerprint: 'relief', version: 'newer' };
    assert.deepEqual(await ask('newer', message), stateOf('state'));
    assert.deepEqual(await park('older', 'relief', 'ticket', 'stale'), LOST);
    assert.deepEqual(await park('newer', 'relief', 'ticket', 'newer'), KEPT);
  });

  it('tells a vault that was taken for gone how it stands with its session', async () => {
    await start('sleeper');
    await park('sleeper', 'sleep', 'ticket', 'older');
    await end('sleeper');
    await start('successor');
    await claimSoon('successor', 'sleep');
    await park('successor', 'sleep', 'ticket', 'newer');
    // This one has the older state, as one that comes back from the back/forward cache.
    await start('awake');
    assert.deepEqual(await park('awake', 'sleep', 'ticket', 'older'), LOST);
    await end('successor');
    const answer = await waitFor(async () => {
      const now = await park('awake', 'sleep', 'ticket', 'older');
      return now.type !== 'lost' && now;
    }, 'the successor to be gone');
    assert.deepEqual(answer, stateOf('newer'));
    assert.deepEqual(await park('awake', 'sleep', 'ticket', 'newest'), KEPT);
  });

  it('forgets, at a sign-out, the session and those that nobody else has', async () => {
    await start('gone');
    await park('gone', 'sign-out', 'of a closed tab', 'state');
    await reload();
    await start('owner');
    await start('living');
    await park('owner', 'sign-out', 'ticket', 'state');
    await park('living', 'sign-out', 'of another tab', 'state');
    assert.deepEqual(await forget('owner', 'sign-out', 'ticket', true), KEPT);
    assert.deepEqual(await park('owner', 'sign-out', 'ticket', 'state'), FORGOTTEN);
    assert.deepEqual(await park('owner', 'sign-out', 'of a closed tab', 'state'), FORGOTTEN);
    assert.deepEqual(await claim('owner', 'sign-out'), NOTHING);
    assert.deepEqual(await park('living', 'sign-out', 'of another tab', 'state'), KEPT);
  });

  describe('carries the token request', () => {
    const carry = (label, fingerprint, id, more = {}) => ({
      type: 'carry',
      fingerprint,
      ticket: `${fingerprint}: ticket`,
      state: `before ${id}`,
      id,
      url: `${world.listener.origin}/token/${id}`,
      // With such a header the browser asks first, on the connection that the request then uses.
      headers: { accept: 'application/json', 'content-type': FORM, ...(id === 'one' && { dpop: 'proof' }) },
      form: 'grant_type=refresh_token',
      timeout: 10_000,
      ...more,
    });
    const send = (label, ...rest) => ask(label, carry(label, ...rest));
    /** Begins, and does not wait. */
    const begin = (label, ...rest) =>
      page.run((who, message) => void window.ask(who, message), label, carry(label, ...rest));
    const arrived = (id) =>
      waitFor(
        () => world.listener.requests.find(({ path }) => path === `/token/${id}`),
        `the request ${id} at the server`,
      );
    const count = (id) => world.listener.requests.filter(({ path }) => path === `/token/${id}`).length;

    it('over a reload: one request, which is not aborted, and its answer for the next vault', async () => {
      await start('asker');
      await begin('asker', 'carry', 'one');
      const request = await arrived('one');
      await reload();
      await start('next');
      assert.deepEqual(await claim('next', 'carry'), stateOf('before one'));
      assert.equal((await park('next', 'carry', 'ticket', 'before one', 'one')).type, 'kept');
      assert.equal(request.closed, false);
      const { method, headers } = request;
      assert.equal(method, 'POST');
      assert.equal(headers['content-type'], FORM);
      assert.equal(headers.dpop, 'proof');
      assert.equal(headers.accept, 'application/json');
      assert.equal(headers.cookie, undefined);
      assert.equal(headers.referer, undefined);
      request.answer(200, '{"access_token":"carried"}');
      const { headers: answered, ...answer } = await send('next', 'carry', 'one');
      assert.deepEqual(answer, { status: 200, type: 'response', body: '{"access_token":"carried"}' });
      assert.ok(answered.every(([name, value]) => name && typeof value === 'string'));
      assert.equal(count('one'), 1);
    });

    it('and keeps an answer that comes while no vault lives', async () => {
      await start('asker');
      await begin('asker', 'meanwhile', 'two');
      const request = await arrived('two');
      await end('asker');
      request.answer(400, '{"error":"invalid_grant"}');
      await start('next');
      assert.deepEqual(await claimSoon('next', 'meanwhile'), stateOf('before two'));
      const { type, status, body } = await send('next', 'meanwhile', 'two');
      assert.deepEqual([type, body], ['response', '{"error":"invalid_grant"}']);
      assert.equal(status, 400);
      assert.equal(count('two'), 1);
      // Once the vault says that nothing is under way any longer, the answer is gone, too.
      await park('next', 'meanwhile', 'ticket', 'afterwards');
      await begin('next', 'meanwhile', 'two');
      await waitFor(() => count('two') === 2, 'a request of its own');
      world.listener.requests.at(-1).answer();
    });

    it('tells a timeout from a broken connection', async () => {
      await start('asker');
      const timeout = await send('asker', 'failures', 'slow', { timeout: 300 });
      assert.deepEqual(timeout, { status: 200, type: 'failure', isTimeout: true });
      await begin('asker', 'failures', 'broken');
      (await arrived('broken')).response.destroy();
      const broken = await send('asker', 'failures', 'broken');
      assert.deepEqual(broken, { status: 200, type: 'failure', isTimeout: false });
      // Some browsers repeat such a request by themselves.
      assert.ok(count('broken') <= 2);
    });

    it('for the vault that has the session, and for no other', async () => {
      await start('owner');
      await park('owner', 'owned', 'ticket', 'state');
      await start('other');
      assert.deepEqual(await send('other', 'owned', 'three'), LOST);
      await forget('owner', 'owned', 'ticket', false);
      assert.deepEqual(await send('owner', 'owned', 'four'), FORGOTTEN);
      assert.equal(count('three') + count('four'), 0);
    });
  });

  it('when its file has changed, asks the vaults for their sessions again', async () => {
    await start('vault');
    await park('vault', 'update', 'ticket', 'state');
    await appendFile(join(world.assets, 'escrow.js'), '\n');
    await page.run(async () => {
      const registration = await navigator.serviceWorker.getRegistration('/holdfast/');
      await registration.update();
    });
    await waitFor(
      async () => (await ask('vault', 'notices')).some(({ type }) => type === 'deposit'),
      'the new escrow to ask',
    );
    assert.deepEqual(await park('vault', 'update', 'ticket', 'state'), NEW);
  });
});
