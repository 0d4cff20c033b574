/**
 * The libraries that docs/using-with.md is about, each with its real package and with what the page shows, through
 * `auth.fetch`: what they send arrives with a token, and errors, aborts and streams come out as each library has them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { graphqlRoute } from '../server/graphql-route.mjs';
import { noteRoutes } from '../server/note-routes.mjs';
import { trpcRoute } from '../server/trpc-route.mjs';
import { fileURLToPath } from 'node:url';
import { browserName } from './support/browser.mjs';
import { temporaryFolder } from './support/temporary.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

// Nobody listens on the discard port.
const NOBODY = 'http://127.0.0.1:9';
const WELCOME = { id: '1', text: 'Welcome' };

/**
 * For each library the names of its errors: for an HTTP status, where the server can't be reached, and for an abort;
 * and of the platform's error inside, if it wraps one.
 */
const LIBRARIES = {
  ky: { http: ['HTTPError', 404], network: ['NetworkError', 'TypeError'], abort: ['AbortError'] },
  ofetch: { http: ['FetchError', 404], network: ['FetchError', 'TypeError'], abort: ['FetchError', 'AbortError'] },
  'openapi-fetch': { http: ['none thrown', 404], network: ['TypeError'], abort: ['AbortError'] },
  axios: { http: ['AxiosError', 404], network: ['AxiosError', 'TypeError'], abort: ['CanceledError'] },
  apollo: { http: ['ServerError', 503], network: ['TypeError'], abort: ['AbortError'] },
  urql: { http: ['CombinedError', 503], network: ['CombinedError', 'TypeError'], abort: 'unsubscribed' },
  'graphql-request': { http: ['Error', 503], network: ['TypeError'], abort: ['AbortError'] },
  trpc: { http: ['TRPCClientError', 404], network: ['TRPCClientError', 'TypeError'], abort: ['TRPCClientError', 'AbortError'] },
  'trpc-stream': { http: ['TRPCClientError', 404], network: ['TRPCClientError', 'TypeError'], abort: ['TRPCClientError', 'AbortError'] },
  'tanstack-query': { http: ['Error', 404], network: ['TypeError'], abort: ['CancelledError'] },
  'fetch-event-source': { http: ['Error', 404], network: ['TypeError'], abort: 'ended', note: { id: '1', text: 'tick' } },
}; // prettier-ignore
const NAMES = Object.keys(LIBRARIES);
const STREAMING = NAMES.filter((name) => !['graphql-request', 'trpc', 'tanstack-query'].includes(name));

describe(`libraries that take a fetch (${browserName})`, () => {
  let world;
  let page;
  let bundles;
  let lifetime = 600;
  before(async () => {
    bundles = await bundle();
    world = await startWorld({
      provider: { accessTokenSeconds: () => lifetime },
      apiRoutes: [...noteRoutes, graphqlRoute, trpcRoute],
      moreApis: [NOBODY],
      roots: [{ prefix: '/libraries/', directory: bundles.path }],
    });
    page = await world.openPage();
    await page.useOptions(
      world.options({
        resources: [`${world.apiOrigin}/`, `${NOBODY}/`],
        // Where a service worker is in charge, Firefox keeps requests going that were given up before their answer
        // came, those of a bare fetch, too (docs/staying-signed-in.md).
        escrow: browserName !== 'firefox',
      }),
    );
    await page.open('/');
    await page.signIn();
    await page.run(
      async (...args) => {
        window.harness = await import('/libraries/harness.js');
        await window.harness.load(...args);
      },
      NAMES,
      { api: world.apiOrigin, nobody: NOBODY },
    );
  });
  after(async () => {
    await world?.close();
    await bundles?.remove();
  });

  const ask = (method, ...args) =>
    page.run((name, ...rest) => window.harness[name](...rest), method, ...args);
  const lastRequest = () => world.api.requests.at(-1);
  /** Begins a call that lasts; answers it with the server's record of it. */
  async function begin(name, method) {
    const before = world.api.requests.length;
    const number = await ask('begin', name, method);
    const request = await waitFor(() => world.api.requests[before], 'the call to arrive');
    return { number, request };
  }

  for (const [name, { http, network, abort, note = WELCOME }] of Object.entries(LIBRARIES)) {
    describe(name, () => {
      it('reads and writes JSON, with a token that the API accepts', async () => {
        const before = world.api.requests.length;
        assert.deepEqual(withoutTypename(await ask('ok', name, 'read', '1')), note);
        assert.equal((await ask('ok', name, 'write', { text: `from ${name}` })).text, `from ${name}`);
        const [read, write, ...more] = world.api.requests.slice(before);
        assert.deepEqual([read.authorization, write.authorization, write.method], ['valid', 'valid', 'POST']);
        assert.deepEqual(more, []);
      });

      it('has its own errors', async () => {
        const fromServer = await ask('failure', name, 'http');
        assert.deepEqual([fromServer.name, fromServer.status, fromServer.needsSignIn], [...http, false]);
        const fromNetwork = await ask('failure', name, 'network');
        assert.deepEqual(
          [fromNetwork.name, fromNetwork.inner, fromNetwork.needsSignIn],
          [network[0], network[1] ?? null, false],
        );
      });

      it('ends a call that is given up, also at the server', async () => {
        const { number, request } = await begin(name, 'never');
        const outcome = await ask('abort', number);
        if (typeof abort === 'string') assert.equal(outcome.value, abort);
        else assert.deepEqual([outcome.name, outcome.inner], [abort[0], abort[1] ?? null]);
        await waitFor(() => request.status !== null, 'the server to see the end of the call');
      });

      it('has its calls repeated with a new token, body and all, after one refresh', async () => {
        world.refuse(world.secrets.last('access token'));
        const before = world.refreshes().length;
        const texts = ['first', 'second'].map((text) => `${text} ${name}`);
        const written = await Promise.all(texts.map((text) => ask('ok', name, 'write', { text })));
        assert.deepEqual(
          written.map(({ text }) => text),
          texts,
        );
        assert.equal(world.refreshes().length, before + 1);
        assert.equal(lastRequest().authorization, 'valid');
      });

      if (STREAMING.includes(name)) streams(name, 'stream');
      if (name === 'trpc-stream') streams(name, 'subscribe');
    });
  }

  function streams(name, method) {
    it(`${method}s: has the first item at once, and the server sees the end`, async () => {
      const { number, request } = await begin(name, method);
      await waitFor(async () => (await ask('itemsOf', number)).length > 0, 'the first item');
      assert.deepEqual([request.status, request.authorization], [null, 'valid']);
      await ask('abort', number);
      await waitFor(() => request.status !== null, 'the server to see the end of the call');
    });
  }

  // WebKit can't read a Request that was made of a form with a file (docs/fetch.md), not even its own page's.
  const unreadable = browserName === 'webkit' ? ['ky', 'openapi-fetch', 'axios'] : [];
  const UPLOADS = ['ky', 'ofetch', 'openapi-fetch', 'axios'].map((name) => [name, 'upload']);
  for (const [name, method] of [...UPLOADS, ['axios', 'uploadEverywhere']]) {
    it(`${name} sends a form with a file (${method})`, async () => {
      const { value, ...failure } = await ask('uploaded', name, method);
      if (method === 'upload' && unreadable.includes(name)) {
        assert.equal(failure.inner ?? failure.name, 'InvalidStateError');
      } else {
        assert.match(value, /filename="note.txt"[^]*grüße/);
      }
    });
  }

  // They ask their own Request to follow.
  for (const name of ['ky', 'openapi-fetch', 'axios']) {
    it(`${name} follows no redirect`, async () => {
      const before = world.api.requests.length;
      const { name: outer, inner } = await ask('failure', name, 'redirected');
      assert.ok([outer, inner].includes('TypeError'), outer);
      const paths = world.api.requests.slice(before).map(({ path }) => path);
      assert.deepEqual([...new Set(paths)], ['/redirect']);
    });
  }

  for (const name of ['ky', 'axios']) {
    it(`${name} tells of a download's progress`, async () => {
      assert.deepEqual(await ask('ok', name, 'download', 300_000), [300_000, 300_000]);
    });
  }

  it('all of them at once renew an expired token once', async () => {
    lifetime = 2;
    world.refuse(world.secrets.last('access token'));
    await ask('ok', 'ky', 'read', '1');
    const token = world.secrets.last('access token');
    await waitFor(
      async () => world.secrets.ageInSeconds(token) > 2.05 && !(await world.isActive(token)),
      'the access token to expire',
    );
    lifetime = 600;
    const before = { refreshes: world.refreshes().length, requests: world.api.requests.length };
    await page.run(
      (names) => Promise.all(names.map((each) => window.harness.ok(each, 'write', { text: 'renewed' }))),
      NAMES,
    );
    assert.equal(world.refreshes().length, before.refreshes + 1);
    const seen = world.api.requests.slice(before.requests).map(({ authorization }) => authorization);
    assert.deepEqual(seen, Array(NAMES.length).fill('valid'));
  });

  it('all of them say that somebody has to sign in', async () => {
    await page.run(() => window.auth.logout({ localOnly: true }));
    const before = world.api.requests.length;
    for (const name of NAMES) {
      const { needsSignIn, ...more } = await ask('failure', name, 'write', { text: 'nobody is here' });
      assert.equal(needsSignIn, true, `${name}: ${JSON.stringify(more)}`);
    }
    assert.match(await ask('ok', 'trpc-stream', 'refusal'), /signed in/);
    assert.equal(world.api.requests.length, before);
  });
});

const withoutTypename = ({ __typename, ...more }) => more;

/** One file for each library, as a bundler would make it; holdfast itself comes from the packed package. */
async function bundle() {
  const folder = await temporaryFolder('libraries');
  await build({
    entryPoints: ['harness', ...NAMES].map((name) =>
      fileURLToPath(new URL(`./libraries/${name}.js`, import.meta.url)),
    ),
    outdir: folder.path,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['holdfast', '/libraries/*'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return folder;
}
