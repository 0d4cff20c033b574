/**
 * `auth.fetch` while it lasts: answers that stream, and calls that are given up before, during and after their start.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

for (const host of ['shared', 'dedicated']) {
  describe(`streams and aborts through a ${host} worker (${browserName})`, () => {
    let world;
    let slow;
    let page;
    before(async () => {
      slow = await startListener();
      world = await startWorld({ provider: { accessTokenSeconds: 600 }, moreApis: [slow.origin] });
      page = await world.openPage();
      await page.useOptions(world.options({ host, resources: [`${world.apiOrigin}/`, `${slow.origin}/`] }));
      await page.open('/');
      await page.signIn();
    });
    after(async () => {
      await world?.close();
      await slow?.close();
    });

    const lastCall = () => world.api.requests.at(-1);
    const isOver = (call) => waitFor(() => call.status !== null, 'the API to see the end of the call');

    it('the first bytes of an answer arrive while the rest is not even written', async () => {
      await page.run((url) => {
        window.answer = window.auth.fetch(url);
      }, `${slow.origin}/in-pieces`);
      const { response } = await waitFor(
        () => slow.requests.find(({ path }) => path === '/in-pieces'),
        'the call',
      );
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

    it('a large download arrives whole', async () => {
      const bytes = 100 * 1024 * 1024;
      const received = await page.run(async (url) => {
        const response = await window.auth.fetch(url);
        let total = 0;
        for (const reader = response.body.getReader(); ;) {
          const { done, value } = await reader.read();
          if (done) return total;
          total += value.byteLength;
        }
      }, `${world.apiOrigin}/large?bytes=${bytes}`);
      assert.equal(received, bytes);
      await isOver(lastCall());
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

    it('a call with a signal that was aborted before is never sent', async () => {
      const before = slow.requests.length;
      const errors = await page.run(async (url) => {
        const outcome = (fetched) =>
          fetched.then(
            () => 'no error',
            (error) => [error.name, error instanceof DOMException],
          );
        const signal = AbortSignal.abort();
        return [await outcome(window.auth.fetch(url, { signal })), await outcome(fetch(url, { signal }))];
      }, `${slow.origin}/never`);
      assert.deepEqual(errors[0], ['AbortError', true]);
      assert.deepEqual(errors[0], errors[1]);
      assert.equal(slow.requests.length, before);
    });

    it('a call is given up while the API thinks, and the API sees that', async () => {
      await page.run((url) => {
        window.controller = new AbortController();
        const { signal } = window.controller;
        window.outcome = window.auth.fetch(new Request(url, { signal })).then(
          () => 'no error',
          (error) => error.name,
        );
      }, `${slow.origin}/thinking`);
      const call = await waitFor(() => slow.requests.find(({ path }) => path === '/thinking'), 'the call');
      assert.equal(call.closed, false);
      const name = await page.run(() => {
        window.controller.abort();
        return window.outcome;
      });
      assert.equal(name, 'AbortError');
      await waitFor(() => call.closed, 'the API to see the connection close');
    });

    it('a reason of its own comes back, and a timeout is a TimeoutError', async () => {
      const outcome = await page.run(async (url) => {
        const controller = new AbortController();
        const reason = new Error('mine');
        const call = window.auth.fetch(url, { signal: controller.signal });
        controller.abort(reason);
        const same = await call.catch((error) => error === reason);
        const timeout = await window.auth
          .fetch(url, { signal: AbortSignal.timeout(50) })
          .catch((error) => error.name);
        return { same, timeout };
      }, `${slow.origin}/reasons`);
      assert.deepEqual(outcome, { same: true, timeout: 'TimeoutError' });
    });

    it('a stream is given up half-way', async () => {
      const outcome = await page.run(async (url) => {
        const controller = new AbortController();
        const response = await window.auth.fetch(url, { signal: controller.signal });
        const reader = response.body.getReader();
        await reader.read();
        controller.abort();
        for (;;) {
          // What had arrived already may still be read.
          const part = await reader.read().catch((error) => error.name);
          if (typeof part === 'string') return part;
          if (part.done) return 'it ended as if it were whole';
        }
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`);
      assert.equal(outcome, 'AbortError');
      await isOver(lastCall());
    });

    it("a body that is given up ends with the caller's own reason", async () => {
      const same = await page.run(async (url) => {
        const controller = new AbortController();
        const reason = { mine: true };
        const { body } = await window.auth.fetch(url, { signal: controller.signal });
        const reader = body.getReader();
        await reader.read();
        controller.abort(reason);
        return reader.read().then(() => false, (error) => error === reason);
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`); // prettier-ignore
      assert.equal(same, true);
      await isOver(lastCall());
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

    it('a page that is left takes its calls along', async () => {
      await page.run(async (url) => {
        const { body } = await window.auth.fetch(url);
        await body.getReader().read();
      }, `${world.apiOrigin}/events?count=100000&intervalMs=30`);
      const call = lastCall();
      assert.equal(call.status, null, 'it is under way');
      await page.open('/');
      await isOver(call);
    });
  });
}
