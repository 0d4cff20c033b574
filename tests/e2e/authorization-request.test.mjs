/**
 * What a sign-in asks the server for: parameters of the app's, claims that it demands, and requests that are pushed to
 * the server ahead (RFC 9126), against a server that takes no others.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { errors } from 'oidc-provider';
import { browserName } from './support/browser.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const STRONG = 'urn:example:strong';
const WEAK = 'urn:example:weak';
const PAR_PATH = '/request';
const REQUEST_URI = /^urn:ietf:params:oauth:request_uri:/;

const claimsFor = (acr) => ({ claims: { id_token: { acr } } });
const userName = (page) => page.run(() => window.auth.user()?.name ?? null);
const callApi = (page, world) =>
  page.run((url) => window.auth.fetch(url).then(({ status }) => status), `${world.apiOrigin}/me`);

describe(`pushed authorization requests (${browserName})`, () => {
  let world;
  let page;
  const pushed = [];
  let answer; // of the test's own, in place of the server's
  const watch = async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== PAR_PATH) return next();
    if (!answer) {
      await next();
      pushed.push({ form: ctx.oidc?.body, proof: ctx.get('dpop'), status: ctx.status });
      return undefined;
    }
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.set('Access-Control-Expose-Headers', 'DPoP-Nonce');
    Object.assign(ctx, answer);
    return undefined;
  };
  before(async () => {
    const pushedAuthorizationRequests = { enabled: true, requirePushedAuthorizationRequests: true };
    world = await startWorld({
      provider: { watch, dpop: { requireNonce: true }, extra: { features: { pushedAuthorizationRequests } } },
    });
    page = await world.openPage();
  });
  afterEach(() => {
    answer = undefined;
    pushed.length = 0;
  });
  after(() => world?.close());

  const start = async (more) => {
    await page.useOptions(world.options(more));
    await page.open('/');
  };
  /** The parameters that the browser carried. */
  const carried = () => [...world.secrets.authorizationRequests.at(-1)].sort();

  for (const dpop of ['off', 'required']) {
    it(`sign-in, refresh and API call, with dpop: '${dpop}'`, async () => {
      await start({ dpop });
      await page.signIn({ name: 'Ada Lovelace', authorizationParams: { prompt: 'login', ui_locales: 'de' } });
      assert.equal(await userName(page), 'Ada Lovelace');
      const [[, clientId], [name, requestUri], ...more] = carried();
      assert.deepEqual([clientId, name, more], [world.options().clientId, 'request_uri', []]);
      assert.match(requestUri, REQUEST_URI);
      const [{ form, proof, status }, ...others] = pushed;
      assert.deepEqual([status, others], [201, []]);
      assert.deepEqual([form.prompt, form.ui_locales, form.response_type], ['login', 'de', 'code']);
      assert.equal(Boolean(form.dpop_jkt), dpop === 'required');
      assert.equal(proof, '', 'the key is named, which is enough');
      assert.equal(await callApi(page, world), 200);
      world.refuse(world.secrets.last('access token'));
      assert.equal(await callApi(page, world), 200);
    });
  }

  it('a silent sign-in goes the same way', async () => {
    await start();
    await page.run(() => window.auth.logout({ localOnly: true }));
    await page.run(() => void window.auth.checkSession({ redirect: true }));
    await waitFor(async () => (await page.isReady()) && (await userName(page)), 'the person to be back');
    assert.deepEqual(
      carried().map(([name]) => name),
      ['client_id', 'request_uri'],
    );
    assert.equal(pushed.at(-1).form.prompt, 'none');
  });

  it("the server's refusal comes before the person leaves, and the session stays", async () => {
    const { url } = await page.seen();
    const wrong = { authorizationParams: { prompt: 'none login' } };
    await assert.rejects(
      page.run((options) => window.auth.loginWithRedirect(options), wrong),
      ({ code, phase, oauth }) => {
        assert.deepEqual([code, phase, oauth.error], ['authorization_refused', 'login', 'invalid_request']);
        return true;
      },
    );
    assert.equal(pushed.length, 1);
    assert.equal((await page.seen()).url, url);
    assert.equal(await callApi(page, world), 200);
  });

  const json = (status, body) => ({ status, body: JSON.stringify(body) });
  const usable = { request_uri: 'urn:x', expires_in: 60 };
  for (const [what, given, code] of [
    ['a page', { status: 200, type: 'html', body: '<h1>Welcome</h1>' }, 'par_response_invalid'],
    ['no reference', json(201, { expires_in: 60 }), 'par_response_invalid'],
    [
      'a line break in it',
      json(201, { ...usable, request_uri: 'urn:x\r\nLocation: y' }),
      'par_response_invalid',
    ],
    ['a space in it', json(201, { ...usable, request_uri: 'urn:x y' }), 'par_response_invalid'],
    ['no lifetime left', json(201, { ...usable, expires_in: 0 }), 'par_response_invalid'],
    ['lists in lists', { status: 201, body: `[`.repeat(50_000) }, 'par_response_invalid'],
    ['20 MB of it', json(201, { request_uri: `urn:${'x'.repeat(20_000_000)}` }), 'par_response_invalid'],
    ['a busy server', json(503, {}), 'server_unavailable'],
    ['too many requests', json(429, { error: 'slow_down' }), 'server_unavailable'],
    ['a wish for a nonce that it keeps', json(400, { error: 'use_dpop_nonce' }), 'dpop_nonce_hidden'],
  ]) {
    it(`an answer that is ${what}: nobody leaves`, async () => {
      const before = world.secrets.authorizationRequests.length;
      answer = given;
      await assert.rejects(
        page.run(() => window.auth.loginWithRedirect()),
        { isAuthError: true, phase: 'login', code },
      );
      answer = undefined;
      assert.equal(world.secrets.authorizationRequests.length, before);
      assert.equal(await callApi(page, world), 200);
    });
  }

  it('a reference adds no parameters of its own', async () => {
    const hostile = 'https://evil.example/?a=b&client_id=evil&redirect_uri=https://evil.example/';
    answer = json(201, { request_uri: hostile });
    const { length } = world.secrets.authorizationRequests;
    await page.run(() => void window.auth.loginWithRedirect());
    await waitFor(
      () => world.secrets.authorizationRequests.length > length,
      'the browser to be at the server',
    );
    assert.deepEqual(carried(), [
      ['client_id', world.options().clientId],
      ['request_uri', hostile],
    ]);
    await page.open('/');
    assert.equal(await callApi(page, world), 200);
  });

  it("par: 'off' pushes nothing, and this server refuses", async () => {
    await start({ par: 'off' });
    await assert.rejects(page.signIn(), ({ code, oauth }) => {
      assert.deepEqual([code, oauth.error], ['authorization_refused', 'invalid_request']);
      return true;
    });
    assert.deepEqual(pushed, []);
  });
});

describe(`parameters of the authorization request (${browserName})`, () => {
  let world;
  let page;
  let knowsClaims = true;
  const watch = (ctx, next) => {
    // As a server does that has never heard of it.
    if (ctx.path === '/auth' && !knowsClaims) ctx.url = ctx.url.replace(/&claims=[^&]*/, '');
    return next();
  };
  before(async () => {
    const getResourceServerInfo = (ctx, resource) => {
      if (resource.endsWith('/unknown')) throw new errors.InvalidTarget();
      return { scope: 'api', audience: resource };
    };
    const features = {
      claimsParameter: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo },
    };
    world = await startWorld({ provider: { watch, extra: { features } } });
    page = await world.openPage();
    await page.useOptions(world.options({ authorizationParams: { ui_locales: 'de' } }));
    await page.open('/');
    await page.signIn({ name: 'Ada Lovelace', authorizationParams: { login_hint: 'ada', display: 'page' } });
  });
  afterEach(() => void (knowsClaims = true));
  after(() => world?.close());

  const asked = (name) => world.secrets.authorizationRequests.at(-1).get(name);
  const acr = () => page.run(() => window.auth.idTokenClaims().acr);
  const demand = { essential: true, values: [STRONG, 'urn:example:stronger'] };

  it("the app's own are passed on as they are", async () => {
    assert.deepEqual([asked('login_hint'), asked('display'), asked('ui_locales')], ['ada', 'page', 'de']);
    assert.equal(asked('request_uri'), null, 'a server that can, but does not insist, gets nothing pushed');
  });

  it('an acr that is demanded is reached by signing in anew, and is in the claims', async () => {
    await page.signIn({ authorizationParams: { acr_values: WEAK, prompt: 'login' } });
    assert.equal(await acr(), WEAK);
    const { askedForCredentials } = await page.signIn({ authorizationParams: claimsFor(demand) });
    assert.equal(askedForCredentials, true, 'though the server knows the browser');
    assert.deepEqual(JSON.parse(asked('claims')), { id_token: { acr: demand } });
    assert.equal(await acr(), STRONG);
  });

  it('one that the server does not keep to is refused, and the session before goes on', async () => {
    await page.signIn({ authorizationParams: { acr_values: WEAK, prompt: 'login' } });
    knowsClaims = false;
    await assert.rejects(page.signIn({ authorizationParams: claimsFor(demand) }), {
      isAuthError: true,
      code: 'id_token_acr',
      phase: 'callback',
    });
    assert.equal(await acr(), WEAK);
    assert.equal(await callApi(page, world), 200);
    // A wish may be overheard.
    await page.signIn({ authorizationParams: claimsFor({ values: [STRONG] }) });
    assert.equal(await acr(), null);
  });

  it('max_age: 0 signs in anew', async () => {
    const time = () => page.run(() => window.auth.idTokenClaims().auth_time);
    await page.signIn({ authorizationParams: { max_age: 3600 } });
    const before = await time();
    await waitFor(() => Date.now() / 1000 >= before + 1, 'the next second');
    const { askedForCredentials } = await page.signIn({ authorizationParams: { max_age: 0 } });
    assert.equal(askedForCredentials, true);
    assert.ok((await time()) > before);
  });

  it('prompt: none finds out whether the server knows the person, and says no as an error', async () => {
    const silently = { authorizationParams: { prompt: 'none' } };
    const { askedForCredentials } = await page.signIn(silently);
    assert.equal(askedForCredentials, false);
    await page.forgetServerSession();
    await page.open('/');
    await assert.rejects(page.signIn(silently), { code: 'interaction_required', phase: 'callback' });
  });

  it('a resource that the server does not know is invalid_target (RFC 8707), and nothing is lost', async () => {
    const resource = 'https://api.example/unknown';
    await page.useOptions(world.options({ resources: [{ url: `${world.apiOrigin}/`, resource }] }));
    await page.open('/');
    await assert.rejects(page.signIn(), ({ code, oauth }) => {
      assert.deepEqual([code, oauth.error], ['authorization_refused', 'invalid_target']);
      return true;
    });
    assert.equal(asked('resource'), resource);
  });
});
