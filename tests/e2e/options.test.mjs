/**
 * What an app can get wrong when it creates the client: each mistake is an AuthError that says which option it is about.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppPage } from './support/app-page.mjs';
import { browserName } from './support/browser.mjs';
import { startFallbackSite } from './support/fallback-site.mjs';
import { startWorld } from './support/world.mjs';

describe(`options (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld();
    page = await world.openPage();
    await page.useOptions(null);
    await page.open('/');
  });
  after(() => world?.close());

  /** Creates a client in the page; answers nothing when that works. */
  const create = (options, where = page) =>
    where.run(async (given) => {
      const auth = await window.e2e.createAuthClient(given);
      auth.close();
    }, options);

  it('right ones are accepted', async () => {
    await create(world.options());
    await create(
      world.options({ host: 'dedicated', clockToleranceSeconds: 5, replayLostRefresh: 'within-grace' }),
    );
  });

  for (const name of ['issuer', 'clientId', 'redirectUri', 'resources']) {
    it(`${name} may not be missing`, async () => {
      await assert.rejects(create(world.options({ [name]: undefined })), {
        isAuthError: true,
        code: 'invalid_options',
        phase: 'init',
        retryable: false,
        message: new RegExp(`\`${name}\`.*for example`),
      });
    });
  }

  const WRONG = [
    ['issuer', 'http://login.example'],
    ['issuer', 'https://login.example/?tenant=1'],
    ['issuer', 7],
    ['clientId', ''],
    ['redirectUri', 'callback'],
    ['postLogoutRedirectUri', 'javascript:alert(1)'],
    // Another host's, to a browser.
    ['postLogoutRedirectUri', '/\\elsewhere.example/'],
    ['resources', ['/\t/elsewhere.example/']],
    ['scope', ['openid']],
    ['resources', 'https://api.example/'],
    ['resources', ['*']],
    ['resources', ['http://api.example/']],
    ['authorizationParams', { state: 'mine' }],
    ['authorizationParams', { claims: 'sub' }],
    ['authorizationParams', { claims: { id_token: { age: { value: 0.5 } } } }],
    ['par', 'always'],
    ['clockToleranceSeconds', -1],
    ['httpTimeoutSeconds', 0],
    ['host', 'everywhere'],
    ['assetsUrl', 'data:text/javascript,0'],
    ['assetsUrl', 'https://elsewhere.example/holdfast/'],
    ['assetsUrl', 7],
    ['exposeAccessToken', 'yes'],
    ['resources', ['https://user@api.example/']],
    ['resources', ['https://api.example/?q']],
    ['resources', ['https://*.example/']],
    ['resources', ['https://api.example/*']],
    // A Cyrillic letter: whoever means such a host writes it in Punycode.
    ['resources', ['https://\u0430pi.example/']],
    ['resources', [{ url: 'https://\u0430pi.example/' }]],
    ['redirectURI', 'http://localhost/callback'],
  ];
  for (const [name, value] of WRONG) {
    it(`${name} may not be ${JSON.stringify(value)}`, async () => {
      await assert.rejects(create(world.options({ [name]: value })), (error) => {
        assert.equal(error.isAuthError, true, String(error));
        assert.equal(error.code, 'invalid_options');
        assert.match(error.message, new RegExp(`\`${name}\\b`));
        return true;
      });
    });
  }

  it('no options at all are a clear error, too', async () => {
    for (const nothing of [null, 'options', []]) {
      await assert.rejects(create(nothing), { isAuthError: true, code: 'invalid_options' });
    }
  });

  for (const host of ['shared', 'dedicated']) {
    it(`a worker file that is not there (${host})`, async () => {
      await assert.rejects(create(world.options({ host, assetsUrl: '/nowhere/' })), {
        isAuthError: true,
        code: 'worker_failed',
        phase: 'init',
        message: /assetsUrl/,
      });
    });

    it(`a worker file that turns out to be the start page (${host})`, async () => {
      const site = await startFallbackSite();
      try {
        const there = new AppPage(page.driver, { ...world, siteOrigin: site.siteOrigin });
        await there.open('/');
        await assert.rejects(create(world.options({ host, assetsUrl: '/holdfast/' }), there), {
          isAuthError: true,
          code: 'worker_failed',
          message: /assetsUrl/,
        });
      } finally {
        await page.open('/');
        await site.close();
      }
    });
  }

  it("a worker whose CSP forgets 'wasm-unsafe-eval'", async () => {
    const outcome = await create(world.options({ assetsUrl: '/holdfast/without-wasm/' })).then(
      () => 'it started',
      (error) => error,
    );
    // WebKitGTK compiles WebAssembly whatever the CSP says.
    if (browserName === 'webkit' && outcome === 'it started') return;
    assert.equal(outcome.code, 'worker_failed');
    assert.match(outcome.message, /wasm-unsafe-eval/);
  });

  it('what the app makes for an option may be wrong, too', async () => {
    const wrong = await page.run(async (options) => {
      const codes = [];
      for (const more of [
        { worker: () => undefined },
        { worker: {} },
        { worker: () => { throw new Error('no'); } },
        { scriptUrl: () => { throw new Error('no'); } },
        { clientId: 7n },
      ]) {
        codes.push(await window.e2e.createAuthClient({ ...options, ...more }).then(() => 'none', ({ code }) => code));
      }
      return codes;
    }, world.options()); // prettier-ignore
    assert.deepEqual(wrong, Array(5).fill('invalid_options'));
  });

  it('scriptUrl makes the URLs that the escrow and the worker are started from', async () => {
    const asked = await page.run(async (options) => {
      const urls = [];
      const scriptUrl = (url) => {
        urls.push(url);
        return url;
      };
      for (const host of ['shared', 'dedicated']) {
        (await window.e2e.createAuthClient({ ...options, host, scriptUrl })).close();
      }
      return urls;
    }, world.options());
    const both = ['escrow.js', 'worker.js'].map((file) => `${world.siteOrigin}/holdfast/${file}`);
    assert.deepEqual(asked, [...both, ...both]);
  });

  it('two clients of different configurations live side by side', async () => {
    await page.useOptions(world.options());
    await page.open('/');
    await page.signIn();
    const result = await page.run(async (otherOptions, url) => {
      const other = await window.e2e.createAuthClient(otherOptions);
      const log = [];
      window.e2e.recordEvents(other, log);
      const refused = await other.fetch(url).then(
        () => 'no error',
        (error) => error.code,
      );
      await other.logout({ localOnly: true });
      const answer = {
        others: [other.isAuthenticated(), other.user(), refused],
        own: [window.auth.isAuthenticated(), (await window.auth.fetch(url)).status],
        events: window.e2e.events.map(({ type }) => type),
      };
      other.close();
      return answer;
    }, world.options({ scope: 'openid' }), `${world.apiOrigin}/me`); // prettier-ignore
    assert.deepEqual(result.others, [false, null, 'login_required']);
    assert.deepEqual(result.own, [true, 200]);
    assert.ok(!result.events.includes('signedout'));
  });

  it('a worker that the app made is taken', async () => {
    const signedIn = await page.run(async (options, url) => {
      const auth = await window.e2e.createAuthClient({ ...options, worker: () => new Worker(url) });
      const answer = await auth.checkSession();
      auth.close();
      return answer;
    }, world.options({ assetsUrl: undefined }), '/holdfast/worker.js'); // prettier-ignore
    assert.equal(signedIn, false);
  });

  it('a closed client says so', async () => {
    await assert.rejects(
      page.run(async (options, url) => {
        const auth = await window.e2e.createAuthClient(options);
        auth.close();
        await auth.fetch(url);
      }, world.options(), `${world.apiOrigin}/me`), // prettier-ignore
      { isAuthError: true, code: 'client_closed' },
    );
  });

  it("paths are of the page's origin", async () => {
    // Not the others' tab: of a tab that was at another site, Chromium may show older options.
    const own = await world.openPage();
    const afterSignOut = new URL(world.options().postLogoutRedirectUri).pathname;
    const options = world.options({
      redirectUri: '/callback',
      postLogoutRedirectUri: afterSignOut,
      resources: ['/api/', { url: '/more/' }],
    });
    await own.useOptions(options);
    await own.open('/?from=here');
    await own.signIn();
    const { callback, url } = await own.seen();
    assert.equal(callback.isSignedIn, true);
    assert.equal(url, `${world.siteOrigin}/?from=here`);
    const refused = await own.run(
      (urls) => Promise.all(urls.map((url) => window.auth.fetch(url).then(
        () => false,
        // The worker's CSP may say no to the others.
        ({ code }) => code === 'resource_not_allowed',
      ))),
      ['/api/x', '/more/x', '/x'],
    ); // prettier-ignore
    assert.deepEqual(refused, [false, false, true]);
    await own.signOut();
    await own.waitForUrl(world.siteOrigin + afterSignOut);

    await own.open('/');
    await own.signIn();
    await own.signOut({ returnTo: afterSignOut });
    await own.waitForUrl(world.siteOrigin + afterSignOut);
  });
});
