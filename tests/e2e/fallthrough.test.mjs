/**
 * `fallthrough: true`: what `resources` does not cover goes by the platform's own `fetch`, bare, and cannot be told from
 * it; what it covers goes as ever.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

describe(`fallthrough (${browserName})`, () => {
  let world;
  let page;
  let elsewhere;
  let api;
  before(async () => {
    elsewhere = await startListener({
      answersAtOnce({ path, response, answer }) {
        if (path === '/moved') response.writeHead(302, { location: '/there' }).end();
        else if (path === '/broken') response.socket.end('HTTP/1.1 200 OK\r\ncontent-le');
        else if (path !== '/silent') answer(200, `words of ${path}`);
      },
    });
    world = await startWorld({ provider: { accessTokenSeconds: 600 } });
    api = world.apiOrigin;
    page = await world.openPage();
    await page.useOptions(world.options({ fallthrough: true, resources: [`${api}/me`, `${api}/echo`] }));
    await page.open('/');
  });
  after(async () => {
    await world?.close();
    await elsewhere?.close();
  });

  it('needs nobody who is signed in', async () => {
    const text = await page.run(
      async (url) => (await window.auth.fetch(url)).text(),
      `${elsewhere.origin}/a`,
    );
    assert.equal(text, 'words of /a');
    await assert.rejects(
      page.run((url) => window.auth.fetch(url), `${api}/me`),
      { isAuthError: true, code: 'login_required' },
    );
  });

  it('sends tokens to what the list covers, and to nobody else', async () => {
    await page.signIn();
    const [calls, others] = [world.api.requests.length, elsewhere.requests.length];
    const statuses = await page.run(
      async (urls) => {
        const all = await Promise.all(urls.map((url) => window.auth.fetch(url)));
        return all.map(({ status }) => status);
      },
      [`${api}/me`, `${api}/public`, `${api}/time`, `${api}/meow`, `${elsewhere.origin}/b`, '/app.js'],
    );
    assert.deepEqual(statuses, [200, 200, 401, 401, 200, 200]);
    const seen = world.api.requests.slice(calls).map(({ path, authorization }) => [path, authorization]);
    assert.deepEqual(
      seen.filter(([, authorization]) => authorization === 'valid'),
      [['/me', 'valid']],
    );
    assert.equal(seen.length, 4);
    const [{ headers }, ...more] = elsewhere.requests.slice(others);
    assert.deepEqual([headers.authorization, more], [undefined, []]);
    assert.equal(headers.origin, world.siteOrigin);
    assert.equal(world.refreshes().length, 0, "a 401 that is not ours is none of the vault's business");
  });

  it('sends what the body was when it was called, though it asks first who may have it', async () => {
    const answers = await page.run(async (url) => {
      const bytes = new Uint8Array(100_000).fill(7);
      const form = new FormData();
      form.append('a', 'before');
      const form2 = new FormData();
      form2.append('a', 'before, and more');
      const send = (body) => window.auth.fetch(url, { method: 'POST', body });
      const calls = [send(bytes), send(bytes.slice(0, 10)), send(form), send(form2)];
      bytes.fill(0);
      form.set('a', 'before, and more');
      const numbers = await Promise.all(calls.map(async (call) => (await call).json()));
      const sevens = await crypto.subtle.digest('SHA-256', new Uint8Array(100_000).fill(7));
      return [
        numbers,
        [...new Uint8Array(sevens)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
      ];
    }, `${api}/echo`);
    const [[large, small, form, longer], sevens] = answers;
    assert.deepEqual([large.bytes, small.bytes], [100_000, 10]);
    // WebKit's own Request does not copy a buffer before it is sent (docs/fetch.md).
    if (browserName !== 'webkit') assert.equal(large.sha256, sevens);
    assert.match(form.contentType, /^multipart\/form-data; boundary=/);
    assert.ok(form.bytes < longer.bytes, 'the form was as long as it became later');
  });

  /** The same through both, as far as the page can see. */
  const compare = async (script, ...args) => {
    const [own, ours] = [
      await page.run(script, 'fetch', ...args),
      await page.run(script, 'auth.fetch', ...args),
    ];
    assert.deepEqual(ours, own);
    return ours;
  };

  it('any URL, any input, any error is as without holdfast', async () => {
    const outcomes = await compare(async (which, origin) => {
      const send = which === 'fetch' ? (...given) => fetch(...given) : window.auth.fetch;
      const outcome = async (...given) => {
        try {
          const response = await send(...given);
          const { status, type, url, redirected } = response;
          const text = (await response.text()).slice(0, 40);
          return [status, type, url.replace(/^blob:.*/, 'blob:'), redirected, text];
        } catch (error) {
          return [error?.name ?? String(error)];
        }
      };
      const used = new Request(`${origin}/c`, { method: 'POST', body: 'x' });
      await used.text();
      const blob = URL.createObjectURL(new Blob(['a blob']));
      const form = new FormData();
      form.append('file', new File(['inside'], 'name.txt'));
      const withBody = new Request(`${origin}/d`, { method: 'POST', body: form });
      const results = [
        await outcome('/setup.html'),
        await outcome(new URL('setup.html?x#y', location.href)),
        await outcome('data:text/plain,here'),
        await outcome(blob),
        await outcome(`${origin}/moved`),
        await outcome(`${origin}/moved`, { redirect: 'error' }),
        await outcome(`${origin}/moved`, { redirect: 'manual' }),
        await outcome(`${origin}/e`, { mode: 'no-cors' }),
        await outcome(`${origin}/f`, { headers: { authorization: 'Bearer mine' } }),
        await outcome(withBody),
        withBody.bodyUsed,
        await outcome(withBody),
        await outcome(used),
        await outcome(`${origin}/broken`),
        await outcome('http://user@localhost/'),
        await outcome('http://'),
        await outcome(`${origin}/g`, { body: 'x' }),
        await outcome(`${origin}/g`, { signal: AbortSignal.abort('enough') }),
        await outcome(`${origin}/g`, { signal: AbortSignal.abort() }),
      ];
      URL.revokeObjectURL(blob);
      return results;
    }, elsewhere.origin);
    assert.equal(outcomes[0][0], 200);
    assert.equal(outcomes[10], true);
    assert.deepEqual(
      elsewhere.requests.filter(({ path }) => path === '/f').map(({ headers }) => headers.authorization),
      ['Bearer mine', 'Bearer mine'],
    );
  });

  it('an abort in the middle ends the request, as it does without holdfast', async () => {
    const silent = () => elsewhere.requests.filter(({ path }) => path === '/silent');
    const outcomes = [];
    for (const which of ['fetch', 'auth.fetch']) {
      const before = silent().length;
      await page.run(
        (name, url) => {
          const send = name === 'fetch' ? (...given) => fetch(...given) : window.auth.fetch;
          const controller = new AbortController();
          window.abort = () => controller.abort('enough of it');
          window.call = send(url, { signal: controller.signal }).catch((error) => error?.name ?? error);
        },
        which,
        `${elsewhere.origin}/silent`,
      );
      await waitFor(() => silent().length === before + 1, 'the request to arrive');
      const abort = () => {
        window.abort();
        return window.call;
      };
      outcomes.push(await page.run(abort));
      await waitFor(() => silent().at(-1).closed, 'the request to end');
    }
    // The reason that was given, or in WebKit an AbortError.
    assert.equal(outcomes[1], outcomes[0]);
  });

  it('without the option such a call is refused', async () => {
    const others = elsewhere.requests.length;
    await page.useOptions(world.options({ resources: [`${api}/me`, `${api}/echo`] }));
    await page.open('/');
    for (const url of [`${elsewhere.origin}/h`, '/setup.html', 'data:,x']) {
      await assert.rejects(
        page.run((given) => window.auth.fetch(given), url),
        { isAuthError: true, code: 'resource_not_allowed' },
      );
    }
    assert.equal(elsewhere.requests.length, others);
    assert.equal(await page.run(() => window.auth.isAuthenticated()), true, 'the vault is the same one');
  });
});
