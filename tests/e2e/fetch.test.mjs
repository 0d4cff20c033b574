/**
 * `auth.fetch` against what `window.fetch` would do: inputs, bodies, answers, streams, aborts. And the rules of its own: who
 * may receive a token.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startWorld } from './support/world.mjs';

// Nobody listens on the discard port.
const NOBODY = 'http://127.0.0.1:9';

for (const host of ['shared', 'dedicated']) {
  describe(`auth.fetch through a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    let api;
    before(async () => {
      world = await startWorld({ provider: { accessTokenSeconds: 600 }, moreApis: [NOBODY] });
      api = world.apiOrigin;
      page = await world.openPage();
      await page.useOptions(world.options({ host, resources: [`${api}/`, `${NOBODY}/`] }));
      await page.open('/');
      await page.signIn();
    });
    after(() => world?.close());

    describe('inputs', () => {
      it('takes a string, a URL and a Request', async () => {
        const answers = await page.run(async (url) => {
          const inputs = [url, new URL(url), new Request(url)];
          const responses = await Promise.all(inputs.map((input) => window.auth.fetch(input)));
          return Promise.all(responses.map(async (response) => (await response.json()).subject));
        }, `${api}/me`);
        assert.deepEqual(answers, Array(3).fill('ada.lovelace'));
      });

      it('takes method, headers and body from a Request, and lets init win', async () => {
        const [fromRequest, overridden] = await page.run(async (url) => {
          const request = () =>
            new Request(url, { method: 'PUT', headers: { 'content-type': 'text/x-one' }, body: 'one' });
          const first = await window.auth.fetch(request());
          const init = { method: 'PATCH', headers: { 'content-type': 'text/x-two' }, body: 'three' };
          const second = await window.auth.fetch(request(), init);
          return Promise.all([first.json(), second.json()]);
        }, `${api}/echo`);
        assert.deepEqual(
          [fromRequest.method, fromRequest.contentType, fromRequest.bytes],
          ['PUT', 'text/x-one', 3],
        );
        assert.deepEqual(
          [overridden.method, overridden.contentType, overridden.bytes],
          ['PATCH', 'text/x-two', 5],
        );
      });

      it('resolves a relative URL against the page, and refuses it like any other', async () => {
        await assert.rejects(
          page.run(() => window.auth.fetch('/me')),
          { code: 'resource_not_allowed' },
        );
      });
    });

    describe('bodies', () => {
      const TEXT = 'grüße ✓';
      const sha256 = (value) => createHash('sha256').update(value).digest('hex');
      const upload = (bodyOf) =>
        page.run(
          async (url, source, text) => {
            const body = await (0, eval)(source)(text);
            return (await window.auth.fetch(url, { method: 'POST', body })).json();
          },
          `${api}/echo`,
          String(bodyOf),
          TEXT,
        );

      const KINDS = {
        'a string': [(text) => text, /^text\/plain;charset=utf-8$/i],
        'an ArrayBuffer': [(text) => new TextEncoder().encode(text).buffer, null],
        'a part of an ArrayBuffer': [(text) => new TextEncoder().encode(`<${text}>`).subarray(1, -1), null],
        'a Blob': [(text) => new Blob([text], { type: 'text/x-blob' }), /^text\/x-blob$/],
        'a File': [(text) => new File([text], 'a.txt', { type: 'text/x-file' }), /^text\/x-file$/],
      };
      for (const [kind, [bodyOf, contentType]] of Object.entries(KINDS)) {
        it(`sends ${kind}`, async () => {
          const answer = await upload(bodyOf);
          assert.equal(answer.sha256, sha256(TEXT));
          if (contentType) assert.match(answer.contentType, contentType);
          else assert.equal(answer.contentType, null);
        });
      }

      it('sends URLSearchParams', async () => {
        const answer = await upload((text) => new URLSearchParams({ text, more: 'a b' }));
        assert.equal(answer.sha256, sha256(String(new URLSearchParams({ text: TEXT, more: 'a b' }))));
        assert.match(answer.contentType, /^application\/x-www-form-urlencoded;charset=utf-8$/i);
      });

      it('sends FormData with a file, as multipart', async () => {
        const entries = await page.run(
          async (url, text) => {
            const form = new FormData();
            form.append('text', text);
            form.append('text', 'again');
            form.append('file', new File([text], 'grüße.txt', { type: 'text/x-file' }));
            const response = await window.auth.fetch(url, { method: 'POST', body: form });
            const type = response.headers.get('content-type');
            const echoed = [...(await response.formData())].map(async ([name, value]) =>
              typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()],
            );
            return [type.split(';')[0], ...(await Promise.all(echoed))];
          },
          `${api}/echo/raw`,
          TEXT,
        );
        assert.deepEqual(entries, [
          'multipart/form-data',
          ['text', TEXT],
          ['text', 'again'],
          ['file', 'grüße.txt', 'text/x-file', TEXT],
        ]);
      });

      it('leaves the caller in possession of what it sent', async () => {
        const byteLength = await page.run(async (url) => {
          const bytes = new Uint8Array(1000);
          await window.auth.fetch(url, { method: 'POST', body: bytes.buffer });
          return bytes.byteLength;
        }, `${api}/echo`);
        assert.equal(byteLength, 1000);
      });

      it('sends 5 MB', async () => {
        const size = 5 * 1024 * 1024;
        const answer = await page.run(
          async (url, bytes) =>
            (await window.auth.fetch(url, { method: 'POST', body: new Uint8Array(bytes) })).json(),
          `${api}/echo`,
          size,
        );
        assert.equal(answer.sha256, sha256(Buffer.alloc(size)));
      });
    });

    describe('answers', () => {
      it('is a Response like that of window.fetch', async () => {
        const { viaAuth, bare } = await page.run(async (url) => {
          const describe = (response) => ({
            isResponse: response instanceof Response,
            isHeaders: response.headers instanceof Headers,
            url: response.url,
            status: response.status,
            statusText: response.statusText,
            ok: response.ok,
            redirected: response.redirected,
            type: response.type,
            bodyUsed: response.bodyUsed,
            isStream: response.body instanceof ReadableStream,
            contentType: response.headers.get('content-type'),
            contentLength: response.headers.get('content-length'),
          });
          return { viaAuth: describe(await window.auth.fetch(url)), bare: describe(await fetch(url)) };
        }, `${api}/public`);
        assert.deepEqual(viaAuth, bare);
      });

      it('reads as JSON, text, Blob and bytes, also from a clone', async () => {
        const answer = await page.run(async (url) => {
          const post = () =>
            window.auth.fetch(url, {
              method: 'POST',
              body: '{"a":"ä"}',
              headers: { 'content-type': 'application/json' },
            });
          const cloned = await post();
          const copy = cloned.clone();
          const blob = await (await post()).blob();
          return {
            json: await (await post()).json(),
            text: await (await post()).text(),
            bytes: (await (await post()).arrayBuffer()).byteLength,
            blob: [blob.type, blob.size],
            clone: [await copy.text(), await cloned.text(), cloned.bodyUsed],
          };
        }, `${api}/echo/raw`);
        assert.deepEqual(answer, {
          json: { a: 'ä' },
          text: '{"a":"ä"}',
          bytes: 10,
          blob: ['application/json', 10],
          clone: ['{"a":"ä"}', '{"a":"ä"}', true],
        });
      });

      for (const status of [201, 204, 304, 400, 404, 409, 500]) {
        it(`passes on status ${status}`, async () => {
          const answer = await page.run(async (url) => {
            const response = await window.auth.fetch(url);
            return [response.status, response.ok, (await response.text()).length > 0];
          }, `${api}/status/${status}`);
          assert.deepEqual(answer, [status, status < 300, ![204, 304].includes(status)]);
        });
      }

      it('a HEAD request has headers and no body', async () => {
        const answer = await page.run(async (url) => {
          const response = await window.auth.fetch(url, { method: 'HEAD' });
          return [response.status, response.headers.get('content-type'), await response.text()];
        }, `${api}/me`);
        assert.deepEqual(answer, [200, 'application/json; charset=utf-8', '']);
      });

      it('rejects like window.fetch where the request itself is impossible', async () => {
        const names = await page.run(async (url) => {
          const nameOf = (promise) =>
            promise.then(
              () => 'no error',
              (error) => error.name,
            );
          const init = { method: 'GET', body: 'a GET has none' };
          return [await nameOf(window.auth.fetch(url, init)), await nameOf(fetch(url, init))];
        }, `${api}/me`);
        assert.deepEqual(names, ['TypeError', 'TypeError']);
      });

      it('rejects like window.fetch where the server is not there', async () => {
        const names = await page.run(async (url) => {
          const nameOf = (promise) =>
            promise.then(
              () => 'no error',
              (error) => error.name,
            );
          return [await nameOf(window.auth.fetch(url)), await nameOf(fetch(url))];
        }, `${NOBODY}/`);
        assert.deepEqual(names, ['TypeError', 'TypeError']);
      });
    });

    it('marks its calls with a token that the API accepts', async () => {
      assert.ok(world.api.requests.length > 20);
      assert.deepEqual([...new Set(world.api.requests.map(({ authorization }) => authorization))].sort(), [
        'none',
        'valid',
      ]);
      const withoutToken = world.api.requests.filter(({ authorization }) => authorization === 'none');
      assert.ok(withoutToken.every(({ path }) => path === '/public'));
    });
  });
}
