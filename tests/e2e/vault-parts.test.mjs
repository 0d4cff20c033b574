/**
 * What the vault has the browser do, in every kind of worker, with the browser's own parts: requests, signatures, and the
 * storage of pending sign-ins.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { buildVaultParts } from '../../tools/lib/vault-parts.mjs';
import { startWorld } from './support/world.mjs';

const vectors = JSON.parse(readFileSync(new URL('../vectors/signatures.json', import.meta.url), 'utf8'));
// Forbidden to every browser, so nothing has to be listening or not.
const NOWHERE = 'http://127.0.0.1:1';
// In bytes.
const LIMIT = 4 * 1024 * 1024;

for (const host of ['dedicated', 'shared']) {
  describe(`what a ${host} vault has the browser do (${browserName})`, () => {
    let world;
    let page;
    let server;
    before(async () => {
      server = await startListener({
        answersAtOnce({ path, request, response, answer }) {
          if (path === '/silent') return;
          if (path === '/echo') return void request.pipe(response);
          if (path === '/moved') return response.writeHead(302, { location: '/json' }).end();
          response.setHeader(
            'access-control-expose-headers',
            'retry-after, dpop-nonce, date, www-authenticate',
          );
          response.setHeader('retry-after', '7');
          response.setHeader('dpop-nonce', 'n-1');
          response.setHeader('www-authenticate', 'Bearer');
          response.setHeader('date', 'Thu, 01 Jan 2026 00:00:00 GMT');
          response.setHeader(
            'content-type',
            path === '/portal' ? 'text/html;charset=utf-8' : 'application/json',
          );
          const body =
            path === '/long'
              ? 'é'.repeat(LIMIT / 2)
              : path === '/longer'
                ? 'x'.repeat(LIMIT + 1)
                : `body of ${path}`;
          answer(path === '/busy' ? 503 : 200, body);
        },
      });
      world = await startWorld({
        withPackage: false,
        moreApis: [server.origin, NOWHERE],
        prepareAssets: (folder) => buildVaultParts(join(folder, 'parts.js')),
      });
      page = await world.openPage();
      await page.open('/setup.html');
    });
    after(async () => {
      await world?.close();
      await server?.close();
    });

    const call = (name, ...given) =>
      page.run(
        (kind, message) => {
          const url = '/holdfast/parts.js';
          window.parts ??= kind === 'shared' ? new SharedWorker(url).port : new Worker(url);
          return new Promise((resolve) => {
            window.parts.onmessage = ({ data }) => resolve(data);
            window.parts.postMessage(message);
          });
        },
        host,
        [name, ...given],
      );

    for (const { alg, key, signing_input: input, signature } of vectors) {
      it(`${alg}: a good signature is valid, another one is not`, async () => {
        assert.equal(await call('isValid', alg, key, input, signature), true);
        const other = (signature[10] === 'A' ? 'B' : 'A') + signature.slice(11);
        assert.equal(await call('isValid', alg, key, input, signature.slice(0, 10) + other), false);
        assert.equal(await call('isValid', alg, key, 'e30.e30', signature), false);
      });
    }

    it('of a key that is none nobody can say', async () => {
      const { alg, signing_input: input, signature } = vectors[0];
      assert.equal(await call('isValid', alg, { kty: 'EC', crv: 'P-256' }, input, signature), null);
    });

    it('a transaction is taken once', async () => {
      const record = { nonce: 'n', maxAge: null, appState: { deep: [1, 'two', false] } };
      assert.equal(await call('putTransaction', 'once', record, 2000, 1000), true);
      assert.deepEqual(JSON.parse(await call('takeTransaction', 'once')), record);
      assert.equal(await call('takeTransaction', 'once'), 'null');
      assert.equal(await call('takeTransaction', 'never-stored'), 'null');
    });

    it('a record that is none of the vault’s is taken, and is no record', async () => {
      assert.equal(await call('putTransaction', 'forged', 'mine', 2000, 1000), true);
      await page.run(async () => {
        const database = await new Promise((resolve, reject) => {
          const request = indexedDB.open('holdfast');
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        const transaction = database.transaction('transactions', 'readwrite');
        transaction.objectStore('transactions').put({ expiresAt: 2000, record: 1n }, 'forged');
        await new Promise((resolve) => (transaction.oncomplete = resolve));
        database.close();
      });
      assert.equal(await call('takeTransaction', 'forged'), '');
      assert.equal(await call('takeTransaction', 'forged'), 'null');
    });

    it('expired transactions go when the next one comes', async () => {
      await call('putTransaction', 'old', 'old', 100, 50);
      await call('putTransaction', 'young', 'young', 300, 50);
      await call('putTransaction', 'new', 'new', 400, 200);
      const taken = [];
      for (const key of ['old', 'young', 'new']) taken.push(await call('takeTransaction', key));
      assert.deepEqual(taken, ['null', '"young"', '"new"']);
    });

    it('an answer is read with what decisions need', async () => {
      const answer = await call('ask', `${server.origin}/portal`, null, null, 10_000, null);
      assert.deepEqual(answer.slice(0, 3), ['response', 'body of /portal', 200]);
      const { texts, facts } = await call('read', answer);
      assert.deepEqual(texts, ['body of /portal', 'n-1', 'Bearer']);
      assert.deepEqual(facts, [200, 7, true, Date.UTC(2026, 0)]);
      const busy = await call('ask', `${server.origin}/busy`, null, null, 10_000, null);
      const later = await call('read', busy);
      assert.deepEqual([later.texts[0], ...later.facts.slice(0, 3)], ['body of /busy', 503, 7, false]);
    });

    it('an answer that is too long reads as an empty one', async () => {
      const lengthOf = async (path) =>
        (await call('ask', server.origin + path, null, null, 10_000, null))[1].length;
      assert.equal(await lengthOf('/long'), LIMIT / 2);
      assert.equal(await lengthOf('/longer'), 0);
    });

    it('a time to wait may be a date, and none is none', async () => {
      const at = new Date(Date.now() + 3_600_000).toUTCString();
      const read = async (...answer) => (await call('read', ['response', '', 503, ...answer])).facts;
      const [, wait] = await read(at, null, null, null);
      assert.ok(wait > 3000 && wait <= 3600, `${wait}`);
      const [, none, html, date] = await read('soon', null, null, null);
      // Numbers that are none are null on their way through the driver.
      assert.deepEqual([none, html, date], [null, false, null]);
    });

    it('no answer in time, none at all, and a redirect', async () => {
      assert.deepEqual(await call('ask', `${server.origin}/silent`, null, null, 50, null), ['timeout']);
      assert.deepEqual(await call('ask', NOWHERE, null, null, 10_000, null), ['failure']);
      assert.deepEqual(await call('ask', `${server.origin}/moved`, null, null, 10_000, null), ['failure']);
    });

    it('what the server gets of a form and of a proof', async () => {
      const [, body] = await call('ask', `${server.origin}/echo`, 'a=b', 'Bearer t', 10_000, 'p.r.f');
      const { method, headers } = server.requests.findLast(({ path }) => path === '/echo');
      assert.deepEqual(
        [body, method, headers['content-type'], headers.dpop, headers.authorization, headers.accept],
        ['a=b', 'POST', 'application/x-www-form-urlencoded', 'p.r.f', 'Bearer t', 'application/json'],
      );
      assert.deepEqual([headers.cookie, headers.referer], [undefined, undefined]);
    });

    it("a server's claim can't change what objects are", async () => {
      const words = [
        ['flag', true],
        ['text', 'isAdmin'],
        ['object', 1],
        ['text', '__proto__'],
        ['object', 1],
      ];
      const result = await page.run(
        (kind, message) =>
          new Promise((resolve) => {
            window.parts.onmessage = ({ data: [value] }) =>
              resolve([value.isAdmin === undefined, Object.hasOwn(value, '__proto__')]);
            window.parts.postMessage(message);
          }),
        host,
        ['say', ...words],
      );
      assert.deepEqual(result, [true, true]);
    });

    it('values are put together from words', async () => {
      const words = [
        ['text', 'one'], ['number', 2], ['nothing', true], ['list', 0], ['list', 4],
        ['absent'], ['nothing', true], ['text', 'list'], ['text', 'gone'], ['text', 'none'], ['object', 3], ['number', 3],
      ]; // prettier-ignore
      assert.deepEqual(await call('say', ...words), [{ list: ['one', 2, null, []], none: null }, 3]);
    });

    it('what is not plain data is none', async () => {
      assert.equal(await call('isPlain', 'undefined'), 'null');
      assert.equal(await call('isPlain', 'object'), '{"a":[1]}');
      for (const what of ['symbol', 'function', 'big']) assert.equal(await call('isPlain', what), '');
    });
  });
}
