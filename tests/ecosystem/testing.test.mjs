/** holdfast/testing: the mock client by itself, and the examples of its use in two test runners. No browser. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { layOutProject } from './support/project.mjs';

const uncoloured = { env: { NO_COLOR: '1', FORCE_COLOR: '0' } };
const ada = { sub: 'ada', name: 'Ada' };

const projects = {};
before(async () => {
  for (const name of ['testing-vitest', 'testing-jest']) {
    projects[name] = await layOutProject(name, { from: `www/examples/${name}` });
  }
});

describe('the examples of holdfast/testing', () => {
  it('pass in Vitest', async () => {
    const output = await projects['testing-vitest'].run('npm', ['test'], uncoloured);
    assert.match(output, /Tests\s+5 passed \(5\)/);
  });

  it('pass in Jest, with native modules', async () => {
    const output = await projects['testing-jest'].run('npm', ['test'], uncoloured);
    assert.match(output, /Tests:\s+3 passed, 3 total/);
  });

  it('pass in Jest, made CommonJS by Babel', async () => {
    const output = await projects['testing-jest'].run('npm', ['run', 'test:commonjs'], uncoloured);
    assert.match(output, /Tests:\s+3 passed, 3 total/);
  });
});

describe('the mock client, in Node.js', () => {
  let createMockAuthClient;
  let createAuthError;
  let AuthError;
  before(async () => {
    const load = (file) =>
      import(pathToFileURL(path.join(projects['testing-vitest'].folder, 'node_modules/holdfast', file)));
    ({ createMockAuthClient, createAuthError } = await load('testing.js'));
    ({ AuthError } = await load('index.js'));
  });

  const isCode = (code, more = {}) => {
    return (error) => {
      assert.ok(error instanceof AuthError);
      for (const [name, value] of Object.entries(more)) assert.deepEqual(error[name], value);
      assert.equal(error.code, code);
      return true;
    };
  };

  /** A mock, and what the app heard from it. */
  function mock(options) {
    const auth = createMockAuthClient(options);
    const heard = [];
    for (const event of ['signedin', 'signedout', 'sessionexpired', 'refreshed', 'stepup', 'error']) {
      auth.on(event, (detail) => heard.push([event, detail]));
    }
    return { auth, heard };
  }

  it('starts signed out, or with somebody and their claims', () => {
    const nobody = mock().auth;
    assert.deepEqual([nobody.isAuthenticated(), nobody.user(), nobody.idTokenClaims()], [false, null, null]);
    const { auth, heard } = mock({ user: ada, claims: { iss: 'https://login.example' } });
    assert.equal(auth.isAuthenticated(), true);
    assert.deepEqual(auth.user(), ada);
    assert.deepEqual(auth.idTokenClaims(), { ...ada, iss: 'https://login.example' });
    assert.deepEqual(heard, []);
  });

  it('gives copies of the claims, as the client does', () => {
    const { auth } = mock({ user: ada });
    auth.user().name = 'Eve';
    assert.equal(auth.user().name, 'Ada');
    assert.equal(ada.name, 'Ada');
  });

  it('signs in and out, and tells it', () => {
    const { auth, heard } = mock();
    auth.signIn(ada);
    assert.deepEqual(auth.user(), ada);
    auth.signOut('elsewhere');
    auth.signOut();
    assert.equal(auth.isAuthenticated(), false);
    assert.deepEqual(heard, [
      ['signedin', { user: ada, expiresInSeconds: null }],
      ['signedout', { reason: 'elsewhere' }],
    ]);
  });

  it('signs somebody in of whom nothing is known, as a server without OpenID Connect does', async () => {
    const signs = [async (auth) => auth.signIn(null), (auth) => auth.loginWithRedirect()];
    for (const signIn of signs) {
      const { auth, heard } = mock({ loginAs: null });
      assert.equal(auth.isAuthenticated(), false);
      await signIn(auth);
      assert.deepEqual([auth.isAuthenticated(), auth.user(), auth.idTokenClaims()], [true, null, null]);
      assert.deepEqual(heard, [['signedin', { user: null, expiresInSeconds: null }]]);
    }
  });

  it('ends a session, after which calls need a sign-in', async () => {
    const { auth, heard } = mock({ user: ada, fetch: () => Response.json({}) });
    auth.expire('lost_refresh');
    assert.deepEqual(heard, [['sessionexpired', { reason: 'lost_refresh' }]]);
    await assert.rejects(auth.fetch('https://api.example/'), isCode('login_required', { phase: 'fetch' }));
  });

  it('tells an event without changing who is signed in', () => {
    const { auth, heard } = mock({ user: ada });
    auth.emit('refreshed', { expiresInSeconds: 60 });
    assert.deepEqual(heard, [['refreshed', { expiresInSeconds: 60 }]]);
    assert.equal(auth.isAuthenticated(), true);
  });

  it('keeps the calls of login and logout, and lets them act', async () => {
    const { auth, heard } = mock({ loginAs: ada });
    await auth.loginWithRedirect({ returnTo: '/orders' });
    await auth.logout({ localOnly: true });
    assert.deepEqual(auth.calls.loginWithRedirect, [{ returnTo: '/orders' }]);
    assert.deepEqual(auth.calls.logout, [{ localOnly: true }]);
    assert.deepEqual(
      heard.map(([event]) => event),
      ['signedin', 'signedout'],
    );
    const other = mock();
    await other.auth.loginWithRedirect();
    assert.equal(other.auth.isAuthenticated(), false);
  });

  it('plays a callback, once', async () => {
    const { auth, heard } = mock({ user: ada, callback: { returnTo: '/orders', appState: 7 } });
    assert.equal(auth.isAuthenticated(), false);
    const first = await auth.handleRedirectCallback();
    assert.deepEqual(first, { handled: true, isSignedIn: true, appState: 7, returnTo: '/orders' });
    assert.equal(heard.length, 1);
    const { handled, isSignedIn } = await auth.handleRedirectCallback();
    assert.deepEqual([handled, isSignedIn], [false, true]);
    assert.equal(await auth.checkSession(), true);
  });

  it('has its calls answered by the test, and keeps them', async () => {
    const { auth } = mock({ user: ada, fetch: (url) => new Response(`for ${url}`) });
    const { fetch } = auth;
    assert.equal(await (await fetch('https://api.example/a')).text(), 'for https://api.example/a');
    auth.answer(async ({ method }) => new Response(method));
    const request = new Request('https://api.example/b', { method: 'put', body: 'x' });
    assert.equal(await (await fetch(request)).text(), 'PUT');
    await fetch(new URL('https://api.example/c'), { method: 'post' }).catch(() => {});
    assert.deepEqual(
      auth.calls.fetch.map(({ method, url }) => `${method} ${url}`),
      ['GET https://api.example/a', 'PUT https://api.example/b', 'POST https://api.example/c'],
    );
  });

  it('says what a test forgot', async () => {
    const { auth } = mock({ user: ada });
    const message = 'POST https://api.example/ has no answer: give createMockAuthClient a `fetch`.';
    await assert.rejects(auth.fetch('https://api.example/', { method: 'POST' }), { message });
  });

  it('refuses what the client refuses', async () => {
    const { auth } = mock({
      user: ada,
      resources: ['https://api.example/v1'],
      fetch: () => Response.json({}),
    });
    const refused = (code, ...given) => assert.rejects(auth.fetch(...given), isCode(code));
    await refused('resource_not_allowed', 'https://other.example/v1');
    await refused('resource_not_allowed', 'https://api.example/v10');
    await auth.fetch('https://api.example/v1/me?x');
    await auth.fetch('https://api.example/v1');
    const url = 'https://api.example/v1/me';
    await refused('authorization_header', url, { headers: { Authorization: 'x' } });
    await refused('authorization_header', url, { headers: [['authorization', 'x']] });
    await refused('authorization_header', url, { headers: new Headers({ authorization: 'x' }) });
    await refused('authorization_header', new Request(url, { headers: { authorization: 'x' } }));
    auth.signOut();
    await refused('login_required', url);
    await assert.rejects(auth.accessToken(), isCode('access_token_not_exposed'));
  });

  it('gives an access token where the test has one', async () => {
    const { auth } = mock({ user: ada, accessToken: ({ resource }) => `for ${resource}` });
    assert.equal(await auth.accessToken({ resource: 'https://api.example/' }), 'for https://api.example/');
    auth.signOut();
    await assert.rejects(auth.accessToken(), isCode('login_required'));
  });

  it('signs in by a popup, which somebody closes where the test says nothing', async () => {
    const { auth } = mock({ loginAs: ada });
    assert.deepEqual(await auth.loginWithPopup({ appState: 7 }), { isSignedIn: true, appState: 7 });
    assert.deepEqual(auth.user(), ada);
    await assert.rejects(mock().auth.loginWithPopup(), isCode('popup_closed', { phase: 'login' }));
    const { auth: patient } = mock({ loginAs: ada });
    await assert.rejects(
      patient.loginWithPopup({ signal: AbortSignal.abort('not now') }),
      (error) => error === 'not now',
    );
    assert.equal(patient.isAuthenticated(), false);
  });

  it('tells facts of a session that has just begun, or what the test says', async () => {
    const { auth } = mock({ user: ada, session: { scopes: ['openid'] } });
    const { startedAt, ...facts } = await auth.session();
    assert.ok(startedAt <= Date.now());
    assert.deepEqual(facts, {
      scopes: ['openid'],
      accessTokenExpiresAt: null,
      hasRefreshToken: true,
      isDpopBound: false,
    });
    auth.signOut();
    assert.equal(await auth.session(), null);
  });

  it('answers userinfo by the user, and by what the test says', async () => {
    const { auth } = mock({ user: ada, userinfo: { groups: ['staff'] } });
    assert.deepEqual(await auth.userinfo(), { ...ada, groups: ['staff'] });
    auth.fail('userinfo_invalid', 'userinfo');
    await assert.rejects(auth.userinfo(), isCode('userinfo_invalid'));
    auth.signOut();
    await assert.rejects(auth.userinfo(), isCode('login_required'));
    assert.equal(auth.calls.userinfo.length, 3);
    const { auth: other } = mock({ user: ada, userinfo: () => ({ sub: ada.sub, name: 'A.' }) });
    assert.equal((await other.userinfo()).name, 'A.');
  });

  it('ends a call with its signal', async () => {
    const { auth } = mock({ user: ada, fetch: () => new Promise(() => {}) });
    await assert.rejects(
      auth.fetch('https://api.example/', { signal: AbortSignal.abort('before') }),
      /before/,
    );
    const controller = new AbortController();
    const call = auth.fetch('https://api.example/', { signal: controller.signal });
    controller.abort(new Error('meanwhile'));
    await assert.rejects(call, { message: 'meanwhile' });
  });

  it('fails as the test says: as an event, or the next call', async () => {
    const { auth, heard } = mock({ user: ada, fetch: () => Response.json({}) });
    const error = auth.fail({ code: 'server_unavailable', oauth: { error: 'temporarily_unavailable' } });
    assert.deepEqual(heard, [['error', { error }]]);
    isCode('server_unavailable', { phase: 'refresh', retryable: true })(error);
    assert.equal(error.oauth.error, 'temporarily_unavailable');
    auth.fail('session_expired', 'fetch');
    auth.fail('storage_unavailable', 'loginWithRedirect');
    await assert.rejects(auth.fetch('https://api.example/'), isCode('session_expired', { retryable: false }));
    await auth.fetch('https://api.example/');
    await assert.rejects(auth.loginWithRedirect(), isCode('storage_unavailable', { phase: 'login' }));
    await auth.loginWithRedirect();
    assert.equal(heard.length, 1);
    isCode('timeout', { message: 'slow', phase: 'fetch' })(
      createAuthError({ code: 'timeout', message: 'slow' }),
    );
  });

  it('makes a report', async () => {
    const { auth } = mock({ user: ada, diagnosis: { clockAheadSeconds: 7 } });
    const { session, clockAheadSeconds } = await auth.diagnose();
    assert.deepEqual([session.isSignedIn, clockAheadSeconds], [true, 7]);
    auth.signOut();
    assert.equal((await auth.diagnose()).session.isSignedIn, false);
  });

  it('fails when it is closed, and is silent', async () => {
    const { auth, heard } = mock({ user: ada });
    auth.close();
    auth.signOut();
    assert.deepEqual(heard, []);
    await assert.rejects(auth.logout(), isCode('client_closed', { phase: 'logout' }));
  });

  it('ends one listener, and tells the others when one fails', ({ mock }) => {
    const auth = createMockAuthClient();
    const heard = [];
    const end = auth.on('signedin', () => heard.push('ended'));
    end();
    const later = mock.method(globalThis, 'queueMicrotask', () => {});
    auth.on('signedin', () => {
      throw new Error('a mistake');
    });
    auth.on('signedin', () => heard.push('told'));
    auth.signIn(ada);
    assert.deepEqual(heard, ['told']);
    assert.throws(later.mock.calls[0].arguments[0], { message: 'a mistake' });
  });
});
