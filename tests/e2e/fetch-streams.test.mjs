/**
 * `auth.fetch` while it lasts: bodies that stream in both directions, as fast as the reader reads and no faster, and calls
 * that are given up on the way. What each call looks like is in fetch-parity.test.mjs.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const MEGABYTE = 1024 * 1024;

for (const host of ['shared', 'dedicated']) {
  describe(`streams and aborts through a ${host} worker (${browserName})`, () => {
    let world;
    let slow;
    let page;
    before(async () => {
      slow = await startListener({
        answersAtOnce: ({ path, answer }) => path.startsWith('/many/') && answer(),
      });
      world = await startWorld({ provider: { accessTokenSeconds: 600 }, moreApis: [slow.origin] });
      page = await world.openPage();
      await page.useOptions(
        world.options({
          host,
          resources: [`${world.apiOrigin}/`, `${slow.origin}/`],
          // Where a service worker is in charge, Firefox keeps requests going that were given up before their answer
          // came, those of a bare fetch, too (docs/staying-signed-in.md).
          escrow: browserName !== 'firefox',
        }),
      );
      await page.open('/');
      await page.signIn();
    });
    after(async () => {
      await world?.close();
      await slow?.close();
    });

    const lastCall = () => world.api.requests.at(-1);
    const isOver = (call) => waitFor(() => call.status !== null, 'the API to see the end of the call');
    const arrival = (path) => waitFor(() => slow.requests.find((call) => call.path === path), `${path}`);

    it('the first bytes of an answer arrive while the rest is not even written', async () => {
      await page.run((url) => {
        window.answer = window.auth.fetch(url);
      }, `${slow.origin}/in-pieces`);
      const { response } = await arrival('/in-pieces');
      response.writeHead(200, { 'content-type': 'text/plain' }).write('one,');
      const first = await page.run(async () => {
        window.reader = (await window.answer).body.getReader();
        return new TextDecoder().decode((await window.reader.read()).value);
      });
      assert.equal(first, 'one,');
      response.end('two');
      const rest = await page.run(async () => {
        let text = '';
        for (;;) {
          const { done, value } = await window.reader.read();
          if (done) return text;
          text += new TextDecoder().decode(value);
        }
      });
      assert.equal(rest, 'two');
    });

    it('a large download arrives whole, read in pieces and at once', async () => {
      const bytes = 50 * MEGABYTE;
      const [inPieces, atOnce] = await page.run(async (url) => {
        let total = 0;
        const reader = (await window.auth.fetch(url)).body.getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          total += part.value.byteLength;
        }
        const whole = new Uint8Array(await (await window.auth.fetch(url)).arrayBuffer());
        return [total, whole.every((byte, index) => byte === index % 256) && whole.byteLength];
      }, `${world.apiOrigin}/large?bytes=${bytes}`);
      assert.deepEqual([inPieces, atOnce], [bytes, bytes]);
      await isOver(lastCall());
    });

    it('a large upload arrives whole, from a buffer and from a Blob', async () => {
      const size = 50 * MEGABYTE;
      const answers = await page.run(
        async (url, length) => {
          const bytes = new Uint8Array(length).fill(7);
          const post = async (body) => (await window.auth.fetch(url, { method: 'POST', body })).json();
          return [await post(bytes), await post(new Blob([bytes]))];
        },
        `${world.apiOrigin}/echo`,
        size,
      );
      const sha256 = createHash('sha256').update(Buffer.alloc(size, 7)).digest('hex');
      assert.deepEqual(
        answers.map((answer) => [answer.bytes, answer.sha256]),
        Array(2).fill([size, sha256]),
      );
    });

    /** Sends until nothing more is taken, while the page has read the first chunk only; then the page reads all. */
    async function flood(how) {
      const total = 200 * MEGABYTE;
      const first = page.run(
        async (url, way) => {
          // What comes through the ports, read or not.
          window.chunks = [];
          const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
          const define = (setter) =>
            Object.defineProperty(MessagePort.prototype, 'onmessage', {
              configurable: true,
              get,
              set: setter,
            });
          define(function (listener) {
            set.call(this, (event) => {
              if (event.data) window.chunks.push(event.data.byteLength);
              listener(event);
            });
          });
          const response = await (way === 'bare' ? window.fetch(url) : window.auth.fetch(url));
          define(set);
          window.reader = response.body.getReader();
          window.read = (await window.reader.read()).value.byteLength;
        },
        `${slow.origin}/flood/${how}`,
        how,
      );
      const { response } = await arrival(`/flood/${how}`);
      const chunk = Buffer.alloc(64 * 1024);
      let sent = 0;
      const sending = (async () => {
        for (response.writeHead(200); sent < total; sent += chunk.length) {
          if (!response.write(chunk)) await once(response, 'drain');
        }
        response.end();
      })();
      await first;
      let [seen, times] = [-1, 0];
      const standsStill = () => {
        times = seen === sent ? times + 1 : 0;
        seen = sent;
        return times > 25;
      };
      await waitFor(standsStill, 'the server to be held up, or done');
      const heldUpAt = sent;
      const chunks = await page.run(() => window.chunks);
      const received = await page.run(async () => {
        for (;;) {
          const { done, value } = await window.reader.read();
          if (done) return window.read;
          window.read += value.byteLength;
        }
      });
      await sending;
      assert.equal(received, total);
      return { heldUpAt, chunks, total };
    }

    it('a reader who is slow holds the server up, as with window.fetch, and gets all in the end', async () => {
      const [bare, auth] = [await flood('bare'), await flood('auth')];
      // How much is taken in advance differs from one time to the next, by half and more. Firefox and WebKit take all.
      const sent = `${auth.heldUpAt} bytes sent, and ${bare.heldUpAt} to a bare fetch`;
      assert.ok(auth.heldUpAt < auth.total || bare.heldUpAt === bare.total, sent);
      // What pull.ts keeps, and what bodies.ts has on the way; WebKit's chunks are of any size.
      const bytes = auth.chunks.reduce((sum, size) => sum + size, 0);
      const largest = Math.max(...auth.chunks);
      const isBounded = bytes <= 256 * 1024 + 10 * largest || auth.chunks.length <= 14;
      assert.ok(isBounded, `${bytes} bytes in ${auth.chunks.length} chunks are in the page`);
    });

    it('a long stream of lines arrives whole and in order', async () => {
      const lines = 300_000;
      const reading = page.run(async (url) => {
        const { body } = await window.auth.fetch(url);
        let [next, rest] = [0, ''];
        const decoder = new TextDecoder();
        for (const reader = body.getReader(); ;) {
          const { done, value } = await reader.read();
          if (done) return [next, rest];
          const parts = (rest + decoder.decode(value, { stream: true })).split('\n');
          rest = parts.pop();
          for (const part of parts) if (JSON.parse(part).number === next) next += 1;
        }
      }, `${slow.origin}/lines`);
      const { response } = await arrival('/lines');
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      // A hundred at a time: WebKit's own fetch takes a minute for 100,000 small pieces.
      for (let number = 0; number < lines; number += 100) {
        const some = Array.from(
          { length: 100 },
          (_, index) => `${JSON.stringify({ number: number + index })}\n`,
        );
        if (!response.write(some.join(''))) await once(response, 'drain');
      }
      response.end();
      assert.deepEqual(await reading, [lines, '']);
    });

    it('server-sent events arrive one by one, and stop when the page stops reading', async () => {
      const texts = await page.run(async (url) => {
        const response = await window.auth.fetch(url, { headers: { accept: 'text/event-stream' } });
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        const texts = [response.headers.get('content-type')];
        while (!texts.join('').includes('"number":3')) {
          texts.push(decoder.decode((await reader.read()).value, { stream: true }));
        }
        window.reader = reader;
        return texts;
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`);
      assert.match(texts[0], /^text\/event-stream/);
      assert.match(texts.join(''), /"number":1,.*"number":2,.*"number":3,/s);
      const call = lastCall();
      assert.equal(call.status, null, 'the API is still sending');
      await page.run(() => window.reader.cancel());
      await isOver(call);
    });

    it('a body that nobody has begun to read stops at its cancel', async () => {
      await page.run(async (url) => {
        const { body } = await window.auth.fetch(url);
        await body.cancel();
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`);
      await isOver(lastCall());
    });

    it('an answer that falls silent stops at its cancel', async () => {
      await page.run((url) => {
        window.answer = window.auth.fetch(url);
      }, `${slow.origin}/silent`);
      const call = await arrival('/silent');
      call.response.writeHead(200, { 'content-type': 'text/plain' }).write('one,');
      await page.run(async () => {
        const reader = (await window.answer).body.getReader();
        await reader.read();
        await reader.cancel();
      });
      await waitFor(() => call.closed, 'the network to stop');
    });

    it('a thousand calls at once are all answered', async () => {
      const bodies = await page.run(async (url) => {
        const calls = Array.from({ length: 1000 }, async (_, number) => {
          const response = await window.auth.fetch(`${url}/${number}`);
          return response.text();
        });
        return [...new Set(await Promise.all(calls))];
      }, `${slow.origin}/many`);
      assert.deepEqual(bodies, ['{}']);
      const paths = slow.requests.filter(({ path }) => path.startsWith('/many/')).map(({ path }) => path);
      assert.equal(new Set(paths).size, 1000);
      assert.equal(paths.length, 1000);
    });

    it('a call is given up while it waits for a refresh, at once and alone', async () => {
      const refresh = {};
      refresh.isLetGo = new Promise((resolve) => (refresh.letGo = resolve));
      world.refuse(world.secrets.last('access token'));
      world.provider.faults.push({ grantType: 'refresh_token', waitBefore: refresh.isLetGo });
      const before = world.refreshes().length;
      await page.run((url) => {
        window.controller = new AbortController();
        window.reason = { mine: true };
        window.other = window.auth.fetch(url).then(({ status }) => status);
        window.doomed = window.auth
          .fetch(url, { signal: window.controller.signal })
          .catch((error) => error === window.reason);
      }, `${world.apiOrigin}/time`);
      await waitFor(() => world.refreshes().length > before, 'the refresh');
      const hasReason = await page.run(() => {
        window.controller.abort(window.reason);
        return window.doomed;
      });
      refresh.letGo();
      assert.equal(hasReason, true);
      assert.equal(await page.run(() => window.other), 200);
      assert.equal(world.refreshes().length, before + 1);
    });

    it('a call that was given up leaves the others alone', async () => {
      const statuses = page.run(async (url) => {
        const controller = new AbortController();
        const others = [1, 2, 3].map(() => window.auth.fetch(url));
        const doomed = window.auth.fetch(url, { signal: controller.signal }).catch((error) => error.name);
        controller.abort();
        const responses = await Promise.all(others);
        return [await doomed, ...responses.map(({ status }) => status)];
      }, `${world.apiOrigin}/time`);
      assert.deepEqual(await statuses, ['AbortError', 200, 200, 200]);
    });

    it('a signal that lives on keeps nothing of the calls that are over', async () => {
      const said = await page.run(async (url) => {
        const { addEventListener } = EventTarget.prototype;
        const signals = new Set();
        EventTarget.prototype.addEventListener = function (...given) {
          if (this instanceof AbortSignal) signals.add(this);
          return addEventListener.apply(this, given);
        };
        const { signal } = new AbortController();
        const send = (path) => window.auth.fetch(url + path, { signal });
        await (await send('/time')).text();
        await (await send('/events?count=100000&intervalMs=30')).body.cancel();
        await window.auth.fetch('https://elsewhere.example/', { signal }).catch(() => {});
        EventTarget.prototype.addEventListener = addEventListener;
        // Whoever listens still would tell the vault.
        const said = [];
        const senders = [MessagePort, Worker].map(({ prototype }) => [prototype, prototype.postMessage]);
        for (const [prototype] of senders) prototype.postMessage = (message) => void said.push(message);
        for (const heard of signals) heard.dispatchEvent(new Event('abort'));
        for (const [prototype, postMessage] of senders) prototype.postMessage = postMessage;
        return [signals.size >= 3, said];
      }, world.apiOrigin);
      assert.deepEqual(said, [true, []]);
    });

    it('what was aborted before it was read is not read, though all of it is there', async () => {
      const outcome = await page.run(async (url) => {
        const controller = new AbortController();
        const response = await window.auth.fetch(url, { signal: controller.signal });
        const copy = response.clone();
        await copy.text();
        controller.abort('mine');
        return response.text().catch((error) => error);
      }, `${world.apiOrigin}/time`);
      assert.equal(outcome, 'mine');
    });

    it('a body ends where its client is closed', async () => {
      await page.run(async (url) => {
        window.reader = (await window.auth.fetch(url)).body.getReader();
        await window.reader.read();
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`);
      const call = lastCall();
      const error = await page.run(async () => {
        window.auth.close();
        const next = () => window.reader.read().then(next, ({ name, code }) => [name, code]);
        return next();
      });
      assert.deepEqual(error, ['AuthError', 'client_closed']);
      await isOver(call);
      await page.open('/');
      await page.signIn();
    });

    it('a page that is left takes its calls along, but for those with keepalive', async () => {
      await page.run(async (url, kept) => {
        window.auth.fetch(kept, { method: 'POST', body: 'the last word', keepalive: true });
        const { body } = await window.auth.fetch(url);
        await body.getReader().read();
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`, `${slow.origin}/kept`); // prettier-ignore
      const kept = await arrival('/kept');
      const call = lastCall();
      assert.equal(call.status, null, 'it is under way');
      await page.open('/');
      await isOver(call);
      // As long as the worker lives: here that is certain.
      if (browserName === 'chromium' && host === 'shared') assert.equal(kept.closed, false);
      kept.answer();
    });
  });
}
