/** What adapters show of a client: the package's own source, with a client that the test plays. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../tools/lib/paths.mjs';

const ada = () => ({ sub: 'ada', name: 'Ada Lovelace', address: { country: 'UK' } });
const authError = (code) => Object.assign(new Error(`It was ${code}.`), { code });

let createAuthState;
before(async () => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['pkg-template/src/adapter-state.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  ({ createAuthState } = await import(`data:text/javascript;base64,${source}`));
});

/** Somebody of whom nothing is known. */
const UNKNOWN = {};

/** A client that does what the test says, and remembers what it was asked. */
function playClient({ user = null, callback = { handled: false }, login = () => {} } = {}) {
  const listeners = [];
  const calls = [];
  return {
    calls,
    user: () => (user === UNKNOWN ? null : user && structuredClone(user)),
    isAuthenticated: () => user !== null,
    async handleRedirectCallback() {
      calls.push('handleRedirectCallback');
      const answer = await (typeof callback === 'function' ? callback() : callback);
      if (answer.user) this.tell('signedin', {}, answer.user);
      return answer;
    },
    async checkSession(options) {
      calls.push('checkSession', options);
    },
    async loginWithRedirect(options) {
      calls.push('loginWithRedirect', options);
      await login();
    },
    async logout(options) {
      calls.push('logout', options);
    },
    fetch: async (...given) => calls.push('fetch', ...given),
    on(event, listener) {
      listeners.push([event, listener]);
    },
    tell(event, detail = {}, who = user) {
      user = who;
      for (const [name, listener] of listeners) if (name === event) listener(detail);
    },
  };
}

/** A state that has started, and how often it has said that something changed. */
async function startState(client, options) {
  const state = createAuthState(client, options);
  await state.start();
  const counted = { changes: 0 };
  state.subscribe(() => counted.changes++);
  return Object.assign(counted, state);
}

describe('the start', () => {
  it('shows somebody of whom nothing is known as signed in', async () => {
    const client = playClient();
    const state = await startState(client);
    client.tell('signedin', { user: null }, UNKNOWN);
    const { isAuthenticated, user } = state.snapshot();
    assert.deepEqual([isAuthenticated, user], [true, null]);
  });

  it('handles a callback once, however often it is called', async () => {
    const client = playClient({ user: ada() });
    const state = createAuthState(client);
    assert.equal(state.snapshot().isLoading, true);
    assert.deepEqual(client.calls, []);
    await Promise.all([state.start(), state.start()]);
    await state.start();
    assert.deepEqual(client.calls, ['handleRedirectCallback']);
    const { isLoading, isAuthenticated, user, error } = state.snapshot();
    assert.deepEqual({ isLoading, isAuthenticated, user, error }, { isLoading: false, isAuthenticated: true, user: ada(), error: null }); // prettier-ignore
  });

  it('calls the app before anything is shown as loaded, and tells of a change once', async () => {
    const result = { handled: true, isSignedIn: true, returnTo: '/notes', user: ada() };
    const seen = [];
    const state = createAuthState(playClient({ callback: result }), {
      onRedirectCallback: (given) => seen.push(given.returnTo, state.snapshot().isLoading),
    });
    state.subscribe(() => seen.push(state.snapshot().isAuthenticated));
    await state.start();
    assert.deepEqual(seen, ['/notes', true, true]);
  });

  it('does not call the app where there was no callback', async () => {
    const onRedirectCallback = () => assert.fail('called');
    const state = await startState(playClient(), { onRedirectCallback });
    assert.equal(state.snapshot().error, null);
  });

  it('asks for a quiet sign-in where the app wants one and nobody is signed in', async () => {
    const checkSession = { redirect: true };
    for (const [user, asked] of [
      [null, ['checkSession', checkSession]],
      [ada(), []],
    ]) {
      // prettier-ignore
      const client = playClient({ user });
      await startState(client, { checkSession });
      assert.deepEqual(client.calls, ['handleRedirectCallback', ...asked]);
    }
  });

  it('says what a callback failed with, and does not ask again by itself', async () => {
    const error = authError('state_unknown');
    const client = playClient({ callback: () => Promise.reject(error) });
    const state = await startState(client, { checkSession: { redirect: true } });
    assert.equal(state.snapshot().error, error);
    assert.equal(state.snapshot().isLoading, false);
    assert.deepEqual(client.calls, ['handleRedirectCallback']);
  });

  it('says why there is no client, and so does each call', async () => {
    const error = authError('worker_failed');
    const state = await startState(Promise.reject(error));
    const { isLoading, isAuthenticated, client, ...rest } = state.snapshot();
    assert.deepEqual({ isLoading, isAuthenticated, client }, { isLoading: false, isAuthenticated: false, client: null }); // prettier-ignore
    assert.equal(rest.error, error);
    for (const call of [
      state.login,
      state.logout,
      state.client,
      () => state.fetch('/'),
      state.requireLogin,
    ]) {
      await assert.rejects(call(), error);
    }
  });

  it('keeps what is heard meanwhile', async () => {
    let finish;
    const client = playClient({ user: ada(), callback: () => new Promise((resolve) => (finish = resolve)) });
    const state = createAuthState(client);
    const started = state.start();
    await new Promise(setImmediate);
    client.tell('stepup', { acrValues: 'strong', maxAge: null });
    client.tell('error', { error: authError('network_error') });
    client.tell('sessionexpired', { reason: 'refused' }, null);
    client.tell('error', { error: authError('session_moved') });
    assert.equal(state.snapshot().isLoading, true);
    assert.equal(state.snapshot().error, null);
    finish({ handled: false });
    await started;
    const { ended, stepUp, error, isAuthenticated } = state.snapshot();
    assert.deepEqual([ended, stepUp, error.code, isAuthenticated], [{ reason: 'refused' }, null, 'session_moved', false]); // prettier-ignore
    client.tell('signedin', {}, ada());
    assert.deepEqual([state.snapshot().ended, state.snapshot().error], [null, null]);
  });

  it('makes an error of what is none', async () => {
    const state = await startState(Promise.reject('no'));
    assert.equal(state.snapshot().error.message, 'no');
  });
});

describe('a function that makes the client', () => {
  it('is not called on a server, and what needs a client says so', async () => {
    const state = createAuthState(() => assert.fail('called'));
    let hasEnded = false;
    void state.start().then(() => (hasEnded = true));
    await assert.rejects(state.login(), /on a server/);
    assert.equal(hasEnded, false);
    assert.equal(state.snapshot().isLoading, true);
  });

  it('is called once in a browser', async (t) => {
    globalThis.document = {};
    t.after(() => delete globalThis.document);
    let made = 0;
    const client = playClient();
    const state = createAuthState(() => (made++, client));
    assert.equal(made, 0);
    await Promise.all([state.start(), state.login(), state.client()]);
    assert.equal(made, 1);
    assert.equal(state.snapshot().client, client);
  });
});

describe('what follows', () => {
  let client;
  let state;
  beforeEach(async () => {
    client = playClient({ user: ada() });
    state = await startState(client);
  });

  it('is nothing where nothing has changed', () => {
    const first = state.snapshot();
    client.tell('refreshed');
    client.tell('signedin', {}, ada());
    assert.equal(state.snapshot(), first);
    assert.equal(state.changes, 0);
  });

  it('is another person, or the same with other claims', () => {
    const first = state.snapshot();
    client.tell('refreshed', {}, { ...ada(), address: { country: 'FR' } });
    assert.equal(state.snapshot().user.address.country, 'FR');
    assert.equal(first.user.address.country, 'UK');
    assert.equal(state.changes, 1);
  });

  it("is the session's end, and why", () => {
    client.tell('sessionexpired', { reason: 'refused' }, null);
    assert.deepEqual(state.snapshot().ended, { reason: 'refused' });
    assert.equal(state.snapshot().isAuthenticated, false);
    assert.equal(state.snapshot().user, null);
    client.tell('signedin', {}, ada());
    assert.equal(state.snapshot().ended, null);
    client.tell('signedout', { reason: 'logout' }, null);
    assert.deepEqual(state.snapshot().ended, { reason: 'logout' });
    assert.equal(state.changes, 3);
  });

  it('is an error, told once, until a token is renewed', () => {
    const user = state.snapshot().user;
    client.tell('error', { error: authError('network_error') });
    client.tell('error', { error: authError('network_error') });
    assert.equal(state.changes, 1);
    assert.equal(state.snapshot().error.code, 'network_error');
    assert.equal(state.snapshot().isAuthenticated, true);
    assert.equal(state.snapshot().user, user, 'the same object');
    client.tell('error', { error: authError('timeout') });
    assert.equal(state.snapshot().error.code, 'timeout');
    client.tell('refreshed');
    assert.equal(state.snapshot().error, null);
  });

  it('is what an API asks for, until the next sign-in', () => {
    client.tell('stepup', { acrValues: 'strong', maxAge: null });
    client.tell('stepup', { acrValues: 'strong', maxAge: null });
    assert.deepEqual(state.snapshot().stepUp, { acrValues: 'strong', maxAge: null });
    client.tell('refreshed');
    assert.equal(state.changes, 1);
    client.tell('signedin');
    assert.equal(state.snapshot().stepUp, null);
  });

  it('is told to nobody who has left', () => {
    const left = state.subscribe(() => assert.fail('told'));
    left();
    client.tell('signedout', { reason: 'logout' }, null);
    assert.equal(state.changes, 1);
  });
});

describe('calls', () => {
  it('of fetch wait for a sign-in that is being finished, and for nothing else', async () => {
    let finish;
    const client = playClient({ callback: () => new Promise((resolve) => (finish = resolve)) });
    const state = createAuthState(client);
    const call = state.fetch('/notes', { method: 'PUT' });
    await new Promise(setImmediate);
    assert.deepEqual(client.calls, ['handleRedirectCallback']);
    finish({ handled: true });
    await call;
    assert.deepEqual(client.calls.slice(1), ['fetch', '/notes', { method: 'PUT' }]);
    void state.fetch('/more');
    assert.equal(client.calls.at(-1), '/more', 'at once');
  });

  it('of fetch end by their signal, while they wait, too', async () => {
    const state = createAuthState(playClient({ callback: () => new Promise(() => {}) }));
    const [inInit, inRequest] = [new AbortController(), new AbortController()];
    const calls = [
      state.fetch('/notes', { signal: inInit.signal }),
      state.fetch(new Request('https://api.example/', { signal: inRequest.signal })),
      state.fetch('/notes', { signal: AbortSignal.abort('at once') }),
    ];
    inInit.abort('given up');
    inRequest.abort('too late');
    const outcomes = await Promise.allSettled(calls);
    assert.deepEqual(outcomes.map(({ reason }) => reason), ['given up', 'too late', 'at once']); // prettier-ignore
  });

  it('of login and logout hand their options on', async () => {
    const client = playClient();
    const state = await startState(client);
    await state.login({ returnTo: '/x' });
    await state.logout({ localOnly: true });
    assert.deepEqual(client.calls.slice(1), ['loginWithRedirect', { returnTo: '/x' }, 'logout', { localOnly: true }]); // prettier-ignore
    assert.equal(state.changes, 0);
  });
});

describe('a sign-in that guards require', () => {
  const asked = ({ calls }) => calls.filter((call) => call === 'loginWithRedirect').length;
  let page;
  beforeEach((t) => {
    page = new EventTarget();
    globalThis.addEventListener = page.addEventListener.bind(page);
  });

  it('is one, however many ask', async () => {
    const client = playClient();
    const state = await startState(client);
    await Promise.all([state.requireLogin({ returnTo: '/a' }), state.requireLogin({ returnTo: '/b' })]);
    await state.requireLogin();
    assert.equal(asked(client), 1);
    assert.deepEqual(client.calls.at(-1), { returnTo: '/a' });
  });

  it('that fails is an error, for those who look before they try again', async () => {
    const error = authError('network_error');
    const client = playClient({ login: () => Promise.reject(error) });
    const state = await startState(client);
    await assert.rejects(state.requireLogin(), error);
    assert.equal(state.snapshot().error, error);
    assert.equal(state.changes, 1);
    await assert.rejects(state.requireLogin(), error);
    assert.equal(asked(client), 2);
  });

  it('may be required again when the page comes back from the cache, which is told', async () => {
    const client = playClient();
    const state = await startState(client);
    await state.requireLogin();
    const isLookedAtAgain = new Promise((resolve) => state.subscribe(resolve));
    page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    await isLookedAtAgain;
    assert.equal(client.calls.at(-2), 'checkSession', 'somebody may have signed in meanwhile');
    await state.requireLogin();
    assert.equal(asked(client), 2);
  });

  it('may be required again after a sign-in', async () => {
    const client = playClient();
    const state = await startState(client);
    await state.requireLogin();
    client.tell('signedin', {}, ada());
    client.tell('sessionexpired', { reason: 'refused' }, null);
    await state.requireLogin();
    assert.equal(asked(client), 2);
  });
});
