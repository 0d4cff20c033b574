/**
 * Positive controls of the injected-script probe: on pages that do leak, it must see the secret. Without these, a blind
 * probe would make probe.test.mjs pass.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { disguises, findLeaks, withoutSignOutHint } from './support/leaks.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const CHANNELS = [
  'fetch header', 'fetch body', 'fetch URL', 'Request object', 'JSON answer', 'XMLHttpRequest header', 'sendBeacon',
  'window.postMessage', 'worker message', 'nested worker message', 'bytes from a worker', 'port from a worker',
  'shared worker message', 'message to a worker', 'MessageChannel', 'BroadcastChannel', 'JSON.parse', 'JSON.stringify',
  'TextDecoder', 'base64', 'URLSearchParams', 'crypto.subtle', 'localStorage.setItem', 'localStorage property',
  'sessionStorage', 'IndexedDB', 'IndexedDB of a worker', 'Cache', 'cookie', 'history.state', 'location', 'console',
  'document text', 'event detail', 'error message', 'split in two', 'UTF-16 bytes', 'window.name',
]; // prettier-ignore

/** A secret in a form that the probe does not recognize, for the way into the page. */
const codesOf = (secret) => [...secret].map((character) => character.charCodeAt(0) + 300);

describe(`the probe sees what leaks (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ withPackage: false, page: '/leaky.html' });
    page = await world.openPage();
  });
  after(() => world?.close());

  const takeAll = async (records) => {
    records.push(...(await page.run(() => window.__probe.dump('control').then(() => window.__probe.take()))));
    return records;
  };

  describe('channel by channel', () => {
    const secrets = new Map(CHANNELS.map((channel) => [channel, randomBytes(33).toString('base64url')]));
    const records = [];
    before(async () => {
      await page.open('/gallery.html');
      const disguised = [...secrets].map(([channel, secret]) => [channel, codesOf(secret)]);
      await page.run(async (leaks) => {
        for (const [channel, codes] of leaks) await window.e2e.leak(channel, codes);
      }, disguised);
      await takeAll(records);
    });

    for (const channel of CHANNELS) {
      it(channel, async () => {
        const leaks = await waitFor(
          async () => {
            const found = findLeaks(records, new Map([[secrets.get(channel), 'secret']]));
            if (found.length === 0) await takeAll(records);
            return found.length > 0 && found;
          },
          `the probe to see: ${channel}`,
          { timeoutMs: 3000 },
        );
        assert.equal(leaks[0].kind, 'secret');
      });
    }
  });

  it('every leak of the gallery is in this list', async () => {
    await page.open('/gallery.html');
    assert.deepEqual(await page.run(() => Object.keys(window.e2e.leaks)), CHANNELS);
  });

  it('nothing is found where nothing leaks', async () => {
    await page.open('/gallery.html');
    const records = await takeAll([]);
    assert.notEqual(records.length, 0);
    assert.deepEqual(findLeaks(records, new Map([[randomBytes(33).toString('base64url'), 'secret']])), []);
  });

  it('a sign-in that happens in the page gives away every kind of secret', async () => {
    await page.open('/leaky.html');
    await page.run((options) => void window.e2e.signIn(options), world.options());
    await page.typeCredentials();
    await page.ready();
    assert.equal((await page.seen()).error, null);
    await page.run(() => window.e2e.refresh());
    const records = await takeAll([]);
    const kinds = (leaks) => [...new Set(leaks.map(({ kind }) => kind))].sort();
    const leaks = findLeaks(records, world.secrets.all);
    assert.deepEqual(kinds(leaks), ['ID token', 'access token', 'code verifier', 'refresh token']);
    // Every single one of them, the refreshed ones included.
    for (const secret of world.secrets.all) {
      assert.notEqual(findLeaks(records, new Map([secret])).length, 0, `one ${secret[1]} was not seen`);
    }
  });
});

describe('the search for secrets', () => {
  const secret = randomBytes(33).toString('base64url');
  const secrets = new Map([[secret, 'secret']]);
  const findIn = (text) => findLeaks([{ where: 'here', text }], secrets);

  it('finds halves and encodings', () => {
    const encoded = (text) => Buffer.from(text).toString('base64');
    const texts = [secret, secret.slice(0, 22), secret.slice(22), encoded(secret), encoded(`?${secret}&`)];
    texts.push(
      encoded(`ab${secret}cd`),
      Buffer.from(`x${secret}`).toString('hex'),
      encodeURIComponent(secret),
    );
    for (const text of texts) assert.equal(findIn(`..${text}..`).length, 1, text);
  });

  it('does not repeat the secret in what it reports', () => {
    assert.ok(!JSON.stringify(findIn(`before ${secret} after`)).includes(secret));
  });

  it('finds no other text', () => {
    assert.deepEqual(findIn(randomBytes(66).toString('base64url')), []);
    assert.ok(disguises(secret).every((form) => form.length >= 12));
  });

  it('spares the hint in the URL of the sign-out, and only there', () => {
    const end = 'http://127.0.0.1:9000/session/end';
    const clean = (text) => withoutSignOutHint([{ where: 'here', text }], end)[0].text;
    assert.equal(
      clean(`${end}?client_id=a&id_token_hint=aa.bb.cc&x=1`),
      `${end}?client_id=a&id_token_hint=&x=1`,
    );
    assert.equal(clean('id_token_hint=aa.bb.cc'), 'id_token_hint=aa.bb.cc');
    assert.equal(clean(`${end}?a=1 id_token_hint=aa.bb`), `${end}?a=1 id_token_hint=aa.bb`);
  });
});
