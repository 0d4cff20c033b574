/**
 * Who may receive a token, and what happens when the API refuses one.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor } from './support/wait.mjs';
import { CLIENT_ID, startWorld } from './support/world.mjs';

describe(`the rules of auth.fetch (${browserName})`, () => {
  let world;
  let elsewhere;
  let broken;
  let page;
  let api;
  let settings;
  before(async () => {
    elsewhere = await startListener({ answersAtOnce: true });
    // The first bytes of an answer, and no more: a browser by itself may repeat what got none at all.
    broken = await startListener({
      answersAtOnce: ({ response }) => response.socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
    });
    // The worker's CSP admits the other server here: it is the library that has to refuse.
    world = await startWorld({
      provider: { accessTokenSeconds: 600 },
      moreApis: [broken.origin, elsewhere.origin, `http://localhost:${elsewhere.port}`],
    });
    api = world.apiOrigin;
    page = await world.openPage();
    settings = {
      host: 'shared',
      resources: [`${api}/echo/`, `${api}/me`, `${api}/redirect`, `${api}/status`, broken.origin],
    };
    await page.useOptions(world.options(settings));
    await page.open('/');
    await page.signIn();
  });
  after(async () => {
    await world?.close();
    await elsewhere?.close();
    await broken?.close();
  });

  const statusOf = (url, init) =>
    page.run(async (...given) => (await window.auth.fetch(...given)).status, url, init ?? {});

  it('what the list covers, it covers', async () => {
    assert.equal(await statusOf(`${api}/me`), 200);
    assert.equal(await statusOf(`${api}/me?a=b#c`), 200);
    assert.equal(await statusOf(`${api}/echo`, { method: 'POST', body: 'x' }), 200);
    assert.equal(await statusOf(`${api}/echo/raw`, { method: 'POST', body: 'x' }), 200);
  });

  it('nothing else gets a token, and the request does not leave', async () => {
    const urls = [
      `${elsewhere.origin}/me`,
      `http://localhost:${elsewhere.port}/me`,
      `${elsewhere.origin}/${api}/me`,
      `${api}/time`,
      `${api}/`,
      `${api}/meow`,
      `${api}/echoes`,
      `${api}/echo/../time`,
      `${api}/echo/%2e%2e/time`,
      `${api}/echo/..%2ftime`,
      `${api}/ECHO`,
      api.replace('127.0.0.1', 'localhost') + '/me',
      api.replace('http:', 'https:') + '/me',
      `${world.issuer}/me`,
      '/me',
      'blob:http://localhost/x',
      'data:,x',
    ];
    const calls = world.api.requests.length;
    for (const url of urls) {
      await assert.rejects(
        statusOf(url),
        { isAuthError: true, code: 'resource_not_allowed', phase: 'fetch', retryable: false },
        url,
      );
    }
    assert.equal(world.api.requests.length, calls);
    assert.deepEqual(elsewhere.requests, []);
  });

  it("a caller's own Authorization header is refused", async () => {
    const calls = world.api.requests.length;
    for (const form of ['object', 'headers', 'list', 'request']) {
      const call = page.run(
        (url, how) => {
          const headers = { AUTHORIZATION: 'Bearer mine' };
          if (how === 'object') return window.auth.fetch(url, { headers });
          if (how === 'headers') return window.auth.fetch(url, { headers: new Headers(headers) });
          if (how === 'list') return window.auth.fetch(url, { headers: Object.entries(headers) });
          return window.auth.fetch(new Request(url, { headers }));
        },
        `${api}/me`,
        form,
      );
      await assert.rejects(call, { isAuthError: true, code: 'authorization_header' }, form);
    }
    assert.equal(world.api.requests.length, calls);
  });

  it("nobody widens a living vault's list by messages of his own", async () => {
    const replies = await page.run(
      async (options, url, forbidden) => {
        // Injected script listens to how the library talks to the vault it shares with this page ...
        const { SharedWorker: Original } = window;
        const { postMessage } = MessagePort.prototype;
        const heard = { messages: [] };
        window.SharedWorker = function (...args) {
          heard.args = args;
          return new Original(...args);
        };
        MessagePort.prototype.postMessage = function (message, ...rest) {
          // Calls have a name; what a body's own port says has none.
          if (message.id !== undefined) heard.messages.push(structuredClone(message));
          return postMessage.call(this, message, ...rest);
        };
        const auth = await window.e2e.createAuthClient(options);
        const { status } = await auth.fetch(url);
        window.SharedWorker = Original;
        MessagePort.prototype.postMessage = postMessage;

        // ... and says the same with another address, on a line of its own.
        const { port } = new Original(...heard.args);
        const replies = [status];
        const forged = JSON.parse(JSON.stringify(heard.messages).replaceAll(new URL(url).origin, forbidden));
        // The forged `init` first, then the real one, which opens the door to the forged call.
        for (const message of [...forged, heard.messages[0], forged[1]]) {
          const reply = new Promise((resolve) => {
            port.onmessage = ({ data }) => resolve(JSON.stringify(data));
          });
          port.postMessage(message);
          replies.push(await reply);
        }
        return replies;
      },
      world.options(settings),
      `${api}/me`,
      elsewhere.origin,
    );
    const [status, forgedInit, callBefore, init, callAfter, ...more] = replies;
    assert.deepEqual([status, more], [200, []]);
    assert.match(forgedInit, /config_mismatch/);
    assert.match(callBefore, /"unknown"/);
    assert.match(init, /"reply"/);
    assert.match(callAfter, /resource_not_allowed/);
    assert.deepEqual(elsewhere.requests, []);
  });

  it('a redirect is refused, wherever it leads', async () => {
    for (const target of [`${elsewhere.origin}/stolen`, `${api}/me`]) {
      const calls = world.api.requests.length;
      await assert.rejects(statusOf(`${api}/redirect?to=${encodeURIComponent(target)}`), (error) => {
        assert.ok(error.name === 'TypeError' || error.code === 'redirect_refused', String(error));
        return true;
      });
      assert.equal(world.api.requests.length, calls + 1, 'the redirect was not followed');
    }
    assert.deepEqual(elsewhere.requests, []);
  });

  const status = (code, challenge) =>
    `${api}/status/${code}${challenge ? `?authenticate=${encodeURIComponent(challenge)}` : ''}`;

  it('what no new token can mend is handed on as it is, and no refresh is spent', async () => {
    const [calls, refreshes] = [world.api.requests.length, world.refreshes().length];
    const missing = 'Bearer error="insufficient_scope", scope="write"';
    const cases = [
      [403, missing],
      [401, missing],
      [401, 'Basic realm="error=invalid_token", Bearer error="invalid_request"'],
      [401, 'Bearer realm="a, \\"b\\"", ERROR=Insufficient_Scope'],
      [403, ''],
    ];
    for (const [code, challenge] of cases) assert.equal(await statusOf(status(code, challenge)), code);
    assert.equal(world.api.requests.length, calls + cases.length);
    assert.equal(world.refreshes().length, refreshes);
  });

  it('a 401 that says nothing costs one refresh and one more try, and the next one none', async () => {
    const [calls, refreshes] = [world.api.requests.length, world.refreshes().length];
    assert.equal(await statusOf(status(401)), 401);
    assert.equal(world.refreshes().length, refreshes + 1);
    assert.equal(world.api.requests.length, calls + 2);
    assert.equal(await statusOf(status(401)), 401);
    assert.equal(world.refreshes().length, refreshes + 1);
    assert.equal(world.api.requests.length, calls + 3);
  });

  it('a call that fails on the network is not sent again, whatever its method', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
      const before = broken.requests.length;
      await assert.rejects(
        statusOf(`${broken.origin}/order`, { method, ...(method === 'GET' ? {} : { body: 'one' }) }),
        { name: 'TypeError' },
        method,
      );
      assert.deepEqual(
        broken.requests.slice(before).map((request) => request.method),
        [method],
      );
    }
  });

  it('a server that is down for a moment costs no session', async () => {
    world.refuse(world.secrets.last('access token'));
    world.provider.faults.push({ grantType: 'refresh_token', status: 503, body: 'down for maintenance' });
    const outcome = await page.run(async (url) => {
      const error = await window.auth.fetch(url).catch((thrown) => thrown);
      return error instanceof Response ? [error.status] : [error.code, error.retryable];
    }, `${api}/me`);
    // Tried again at once, or left to the caller: both are fine, losing the session is not.
    assert.ok([200, 'server_unavailable'].includes(outcome[0]), String(outcome));
    if (outcome[0] !== 200) assert.equal(outcome[1], true);
    assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
    await waitFor(async () => (await statusOf(`${api}/me`)) === 200, 'the session to go on', {
      everyMs: 200,
    });
  });

  it('a token that the API refuses is renewed, once for all calls, and the calls are repeated', async () => {
    world.refuse(world.secrets.last('access token'));
    const before = world.refreshes().length;
    const statuses = await page.run(async (url) => {
      const responses = await Promise.all(Array.from({ length: 10 }, () => window.auth.fetch(url)));
      return responses.map(({ status }) => status);
    }, `${api}/me`);
    assert.deepEqual(statuses, Array(10).fill(200));
    assert.equal(world.refreshes().length, before + 1);
  });

  it('a body is sent again with the new token', async () => {
    world.refuse(world.secrets.last('access token'));
    const text = await page.run(async (url) => {
      const response = await window.auth.fetch(url, { method: 'POST', body: new Blob(['once more']) });
      return response.text();
    }, `${api}/echo/raw`);
    assert.equal(text, 'once more');
  });

  it('a session that the server has ended is told once, and the app is asked to sign in', async () => {
    // An administrator may do that at any time, or the person at the server.
    const revoked = await fetch(`${world.issuer}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: CLIENT_ID, token: world.secrets.last('refresh token') }),
    });
    assert.equal(revoked.status, 200);
    assert.equal(await world.isActive(world.secrets.last('access token')), false);
    const before = world.refreshes().length;
    const codes = await page.run(async (url) => {
      const codeOf = (error) => error.code;
      const statusOf = ({ status }) => status;
      const calls = Array.from({ length: 5 }, () => window.auth.fetch(url).then(statusOf, codeOf));
      return [...(await Promise.all(calls)), await window.auth.fetch(url).then(statusOf, codeOf)];
    }, `${api}/me`);
    assert.deepEqual(codes.slice(0, 5), Array(5).fill('session_expired'));
    assert.ok(['session_expired', 'login_required'].includes(codes[5]), codes[5]);
    assert.equal(world.refreshes().length, before + 1);
    const { events } = await page.seen();
    const ended = events.filter(({ type }) => type === 'sessionexpired');
    assert.equal(ended.length, 1);
    assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
  });
});
