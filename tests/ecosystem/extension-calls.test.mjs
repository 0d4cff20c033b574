/** `auth.fetch` from an extension's popup: bodies of each kind go through a line that carries JSON alone, and come back whole. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { startListener } from '../e2e/support/listener.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import { endWorker, Popup, startExtensionWorld } from './extension/world.mjs';

const MEGABYTE = 1024 * 1024;

describe('calls from an extension (chromium)', () => {
  let world;
  let slow;
  let popup;
  before(async () => {
    slow = await startListener({});
    world = await startExtensionWorld('chromium', 'extension-calls', {
      provider: { accessTokenSeconds: 600 },
      files: () => ({
        'src/background.js': `
          import { createExtensionAuthClient } from 'holdfast/extension';
          import { startVault } from 'holdfast/extension/background';
          import { api, clientId, issuer } from '../settings.js';

          startVault({ issuer, clientId, scope: 'openid offline_access', resources: [api + '/', '${slow.origin}/'] });
          chrome.runtime.onMessage.addListener((message, sender, answer) => {
            createExtensionAuthClient().then(async (auth) => {
              if (message === 'diagnose') {
                answer(await auth.diagnose().catch(String));
              } else {
                const response = await auth.fetch(api + '/me');
                answer([auth.isAuthenticated(), (await response.json()).subject]);
              }
              auth.close();
            });
            return true;
          });
        `,
      }),
      // Bundled, as most extensions are.
      prepare: (folder) =>
        build({
          absWorkingDir: folder,
          entryPoints: ['src/background.js'],
          outfile: 'background.js',
          bundle: true,
          minify: true,
          format: 'esm',
          logLevel: 'silent',
        }),
    });
    popup = new Popup(world);
    await popup.open();
    await popup.signIn();
    await popup.untilShown('status', 'signed in');
    await popup.run(async () => {
      // How many bytes of bodies have come to the popup, read or not.
      window.arrived = 0;
      const { connect } = chrome.runtime;
      chrome.runtime.connect = (...args) => {
        const port = connect.apply(chrome.runtime, args);
        port.onMessage.addListener(({ bytes = '' }) => (window.arrived += bytes.length * 0.75));
        return port;
      };
      const { createExtensionAuthClient } = await import('/holdfast/extension.js');
      window.auth = await createExtensionAuthClient();
    });
  });
  after(async () => {
    await world?.close();
    await slow?.close();
  });

  it('the answer is a Response like any other', async () => {
    const url = `${world.apiOrigin}/status/418`;
    const answer = await popup.run(async (url) => {
      const response = await window.auth.fetch(url);
      const { status, ok, type, redirected, headers } = response;
      const facts = { url: response.url, status, ok, type, redirected, kind: headers.get('content-type') };
      return { ...facts, body: await response.clone().json(), again: await response.json() };
    }, url);
    assert.deepEqual(answer, {
      url,
      status: 418,
      ok: false,
      // With host permissions the browser asks no CORS, and shows every header.
      type: 'basic',
      redirected: false,
      kind: 'application/json; charset=utf-8',
      body: { status: 418 },
      again: { status: 418 },
    });
  });

  it('the background has the same client for itself', async () => {
    assert.deepEqual(await popup.run(() => chrome.runtime.sendMessage('call')), [true, 'ada.lovelace']);
  });

  it('and the same report', async () => {
    const { failure, host, page, session } = await popup.run(() => chrome.runtime.sendMessage('diagnose'));
    assert.equal(failure, null);
    assert.equal(host.runsIn, 'extension');
    assert.equal(page.isInFrame, false);
    assert.equal(page.isVisible, false);
    assert.equal(session.isSignedIn, true);
  });

  it('what is not in `resources` gets no token, and no call', async () => {
    const error = await popup
      .run((url) => window.auth.fetch(url).then(String), `${world.siteOrigin}/elsewhere`)
      .catch((error) => error);
    assert.equal(error.code, 'resource_not_allowed');
  });

  it('a large upload arrives whole, from a buffer, a Blob and a stream of text', async () => {
    const size = 3 * MEGABYTE + 7;
    const answers = await popup.run(
      async (url, length) => {
        const bytes = new Uint8Array(length).map((_, index) => index % 251);
        const post = async (body) => (await window.auth.fetch(url, { method: 'POST', body })).json();
        return [
          await post(bytes),
          await post(new Blob([bytes], { type: 'image/odd' })),
          await post('a text: ä'),
          await post(new URLSearchParams({ a: 'b c' })),
        ];
      },
      `${world.apiOrigin}/echo`,
      size,
    );
    const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
    const sha256 = digest(Buffer.from(Array.from({ length: size }, (_, index) => index % 251)));
    assert.deepEqual(answers, [
      { method: 'POST', bytes: size, contentType: null, sha256 },
      { method: 'POST', bytes: size, contentType: 'image/odd', sha256 },
      { method: 'POST', bytes: 10, contentType: 'text/plain;charset=UTF-8', sha256: digest('a text: ä') },
      {
        method: 'POST',
        bytes: 5,
        contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
        sha256: digest('a=b+c'),
      },
    ]);
  });

  it('a form with files comes back as it was', async () => {
    const entries = await popup.run(async (url) => {
      const form = new FormData();
      form.append('name', 'Ada');
      form.append('note', new File(['one\ntwo'], 'note ä.txt', { type: 'text/plain' }));
      form.append('note', new Blob([new Uint8Array(2_000_000)]), 'large.bin');
      const response = await window.auth.fetch(url, { method: 'POST', body: form });
      const back = [];
      for (const [name, value] of await response.formData()) {
        back.push(typeof value === 'string' ? [name, value] : [name, value.name, value.type, value.size]);
      }
      return back;
    }, `${world.apiOrigin}/echo/raw`);
    assert.deepEqual(entries, [
      ['name', 'Ada'],
      ['note', 'note ä.txt', 'text/plain', 7],
      ['note', 'large.bin', 'application/octet-stream', 2_000_000],
    ]);
  });

  it('a large download arrives whole, and its first bytes while the rest is not even written', async () => {
    const whole = await popup.run(
      async (url) => {
        const bytes = new Uint8Array(await (await window.auth.fetch(url)).arrayBuffer());
        return bytes.every((byte, index) => byte === index % 256) && bytes.length;
      },
      `${world.apiOrigin}/large?bytes=${10 * MEGABYTE}`,
    );
    assert.equal(whole, 10 * MEGABYTE);
    await popup.run((url) => {
      window.answer = window.auth.fetch(url);
    }, `${slow.origin}/in-pieces`);
    const { response } = await arrival('/in-pieces');
    response.writeHead(200, { 'content-type': 'text/plain' }).write('one,');
    const first = await popup.run(async () => {
      window.reader = (await window.answer).body.getReader();
      return new TextDecoder().decode((await window.reader.read()).value);
    });
    assert.equal(first, 'one,');
    response.end('two');
    const rest = await popup.run(async () => new TextDecoder().decode((await window.reader.read()).value));
    assert.equal(rest, 'two');
  });

  it('a slow reader is sent no more than it can keep', async () => {
    const reading = popup.run(async (url) => {
      window.arrived = 0;
      window.slowly = (await window.auth.fetch(url)).body.getReader();
      await window.slowly.read();
    }, `${slow.origin}/flood`);
    const flood = await arrival('/flood');
    const total = 100 * MEGABYTE;
    flood.response.writeHead(200, { 'content-type': 'application/octet-stream' });
    flood.response.end(Buffer.alloc(total));
    await reading;
    let [arrived, polls] = [0, 0];
    const standsStill = async () => {
      const before = arrived;
      arrived = await popup.run(() => window.arrived);
      polls = arrived === before ? polls + 1 : 0;
      return polls > 20;
    };
    await waitFor(standsStill, 'nothing more to arrive', { timeoutMs: 30_000 });
    assert.ok(arrived < total / 4, `${arrived} bytes came to a reader that has read one chunk`);
    await popup.run(() => window.slowly.cancel());
    await waitFor(() => flood.closed, 'the connection to be given up');
  });

  it('a call that is given up ends at the server, before its answer and in the middle of it', async () => {
    const reason = await popup.run(async (url) => {
      window.controller = new AbortController();
      window.call = window.auth.fetch(url, { signal: window.controller.signal }).catch((error) => error.name);
      return 'sent';
    }, `${slow.origin}/aborted`);
    assert.equal(reason, 'sent');
    const call = await arrival('/aborted');
    const name = await popup.run(() => {
      window.controller.abort();
      return window.call;
    });
    assert.equal(name, 'AbortError');
    await waitFor(() => call.closed, 'the connection to be given up');
  });

  it('where the background ends, a POST fails and says so, and a body that was on its way is an error', async () => {
    await popup.run(
      (post, body) => {
        const options = { method: 'POST', body: 'once' };
        window.posted = window.auth
          .fetch(post, options)
          .then(String, ({ code, retryable }) => [code, retryable]);
        window.half = window.auth
          .fetch(body)
          .then((response) => {
            window.hasHead = true;
            return response.text();
          })
          .then(String, ({ name }) => name);
      },
      `${slow.origin}/post`,
      `${slow.origin}/half`,
    );
    await arrival('/post');
    const { response } = await arrival('/half');
    await popup.run(() => window.auth.checkSession());
    response.writeHead(200, { 'content-type': 'text/plain' }).write('half of');
    await waitFor(() => popup.run(() => window.hasHead), 'the head of the answer');
    await endWorker(world);
    assert.deepEqual(await popup.run(() => Promise.all([window.posted, window.half])), [
      ['worker_failed', true],
      'TypeError',
    ]);
    // Sent once: the server may have done what was asked.
    assert.equal(slow.requests.filter(({ path }) => path === '/post').length, 1);
    const again = await popup.run(
      async (url) => (await window.auth.fetch(url)).status,
      `${world.apiOrigin}/me`,
    );
    assert.equal(again, 200);
  });

  const arrival = (path) => waitFor(() => slow.requests.find((call) => call.path === path), path);
});
