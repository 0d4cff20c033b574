/**
 * `auth.userinfo()` with a real server: the vault asks, the page gets claims and no token, and what the server says of
 * somebody else is thrown away.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { findLeaks } from './support/leaks.mjs';
import { startWorld } from './support/world.mjs';

const TOKEN_SECONDS = 2;
const PATH = '/me';

/** Sees each request to the userinfo endpoint, and may spoil the answer. */
function userinfoDesk() {
  const desk = { requests: [], spoil: undefined };
  desk.watch = async (ctx, next) => {
    await next();
    if (ctx.path !== PATH || ctx.method !== 'GET') return;
    desk.requests.push({ url: ctx.url, authorization: ctx.get('authorization'), status: ctx.status });
    desk.spoil?.(ctx);
  };
  return desk;
}

const ask = (page) => page.run(() => window.auth.userinfo());
const refusal = (page) =>
  page.run(() =>
    window.auth.userinfo().then(
      () => null,
      ({ code, phase, message, retryable }) => ({ code, phase, message, retryable }),
    ),
  );

for (const host of ['shared', 'dedicated']) {
  describe(`userinfo by a vault in a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    let desk;
    before(async () => {
      desk = userinfoDesk();
      world = await startWorld({
        page: '/probed.html',
        provider: { accessTokenSeconds: TOKEN_SECONDS, watch: desk.watch },
      });
      page = await world.openPage();
      await page.useOptions(world.options({ host }));
      await page.open('/start');
      await page.signIn({ name: 'Ada Lovelace' });
    });
    after(() => world?.close());

    it('brings the claims of the person who is signed in', async () => {
      const claims = await ask(page);
      assert.equal(claims.sub, 'ada.lovelace');
      assert.equal(claims.name, 'Ada Lovelace');
      assert.equal(typeof claims.email, 'string');
      const { url, authorization } = desk.requests.at(-1);
      assert.equal(url, PATH, 'nothing is in the query');
      assert.match(authorization, /^Bearer ./);
    });

    it('shows no token to a script in the page', async () => {
      await ask(page);
      const records = await page.run(async () => {
        await window.__probe.dump('userinfo');
        return window.__probe.take();
      });
      assert.ok(
        records.some(({ text }) => text.includes('ada.lovelace')),
        'the probe saw the claims',
      );
      assert.deepEqual(findLeaks(records, world.secrets.all), []);
    });

    it('renews an expired token once, with the calls that need it', async () => {
      const before = world.refreshes().length;
      await world.untilExpired(world.secrets.last('access token'));
      const [claims, status] = await page.run(
        (url) => Promise.all([window.auth.userinfo(), window.auth.fetch(url).then(({ status }) => status)]),
        `${world.apiOrigin}/me`,
      );
      assert.deepEqual([claims.sub, status], ['ada.lovelace', 200]);
      assert.equal(world.refreshes().length, before + 1);
    });

    const spoiled = async (spoil) => {
      desk.spoil = spoil;
      try {
        return await refusal(page);
      } finally {
        desk.spoil = undefined;
      }
    };

    it('throws away what is said of somebody else', async () => {
      const error = await spoiled((ctx) => {
        ctx.body = { ...ctx.body, sub: 'mallory' };
      });
      assert.equal(error.code, 'userinfo_invalid');
      assert.equal(error.phase, 'fetch');
      assert.equal((await ask(page)).sub, 'ada.lovelace');
    });

    it('refuses a signed answer', async () => {
      const error = await spoiled((ctx) => {
        ctx.body = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEubG92ZWxhY2UifQ.AAAA';
        ctx.type = 'application/jwt';
      });
      assert.equal(error.code, 'userinfo_invalid');
      assert.match(error.message, /application\/jwt/);
    });

    it('an endpoint without CORS can not be reached, and the session goes on', async () => {
      const error = await spoiled((ctx) => ctx.remove('Access-Control-Allow-Origin'));
      assert.deepEqual([error.code, error.retryable], ['network_error', true]);
      assert.equal((await ask(page)).sub, 'ada.lovelace');
    });

    it('a claim named __proto__ is a claim like others', async () => {
      desk.spoil = (ctx) => {
        ctx.body = `{"sub":"ada.lovelace","__proto__":{"isAdmin":true}}`;
        ctx.type = 'json';
      };
      const [names, isAdmin] = await page.run(async () => {
        const claims = await window.auth.userinfo();
        return [Object.keys(claims), claims.isAdmin === undefined];
      });
      desk.spoil = undefined;
      assert.deepEqual(names.sort(), ['__proto__', 'sub']);
      assert.ok(isAdmin);
    });

    it('changes neither the person nor the session', async () => {
      const { user, events } = await page.run(async () => {
        window.e2e.events.length = 0;
        const before = JSON.stringify(window.auth.user());
        await window.auth.userinfo();
        return { user: JSON.stringify(window.auth.user()) === before, events: window.e2e.events };
      });
      assert.ok(user);
      assert.deepEqual(events.filter(({ type }) => type !== 'refreshed'), []); // prettier-ignore
    });

    it('after the sign-out nobody is asked', async () => {
      await page.run(() => window.auth.logout({ localOnly: true }));
      const before = desk.requests.length;
      assert.equal((await refusal(page)).code, 'login_required');
      assert.equal(desk.requests.length, before);
    });
  });
}

describe(`userinfo with a token that is bound to a key (${browserName})`, () => {
  let world;
  let page;
  let desk;
  before(async () => {
    desk = userinfoDesk();
    world = await startWorld({
      provider: { accessTokenSeconds: 60, watch: desk.watch, dpop: { requireNonce: true } },
    });
    page = await world.openPage();
    await page.useOptions(world.options({ dpop: 'required' }));
    await page.open('/');
    await page.signIn();
  });
  after(() => world?.close());

  it('sends a proof, and answers the challenge for a nonce', async () => {
    assert.equal((await ask(page)).sub, 'ada.lovelace');
    assert.match(desk.requests.at(-1).authorization, /^DPoP ./);
    assert.equal(desk.requests.at(-1).status, 200);
  });
});

describe(`userinfo where the API's token is for the API alone (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { accessTokenSeconds: 60 } });
    page = await world.openPage();
    const resources = [{ url: `${world.apiOrigin}/`, resource: `${world.apiOrigin}/` }];
    await page.useOptions(world.options({ resources }));
    await page.open('/');
    await page.signIn();
  });
  after(() => world?.close());

  it('asks for a token that the endpoint takes, once', async () => {
    assert.equal((await ask(page)).sub, 'ada.lovelace');
    assert.equal((await ask(page)).sub, 'ada.lovelace');
    assert.equal(world.refreshes().length, 1);
  });
});
