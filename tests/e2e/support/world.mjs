/**
 * The world of one test file: an authorization server, an API and a site with the app, each on a free port, and a
 * browser. What the servers saw is the measure of most tests; what the page says about itself comes second.
 */
import { fileURLToPath } from 'node:url';
import { startApi } from '../../server/api.mjs';
import { workerCsp as policyOfWorkers } from '../../server/csp.mjs';
import { startProvider } from '../../server/provider.mjs';
import { startSite } from '../../server/site.mjs';
import { AppPage } from './app-page.mjs';
import { initAssets, packageFolder } from './package.mjs';
import { freePort } from './program.mjs';
import { recordSecrets } from './secrets.mjs';
import { borrowBrowser } from './spare-browser.mjs';
import { temporaryFolder } from './temporary.mjs';
import { waitFor } from './wait.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const CLIENT_ID = 'holdfast-demo';

/**
 * @param {object} settings
 * @param {string} [settings.page]  the page of the app for every path without a file, '/callback' included
 * @param {string} [settings.afterSignOut]  where the server leads after a sign-out
 * @param {object} [settings.provider]  further options of startProvider
 * @param {string[]} [settings.redirectPaths]  where the server may send the browser back to
 * @param {string[]} [settings.moreOrigins]  origins of further sites that may sign in and out
 * @param {boolean} [settings.withPackage]  false: only what needs no built package
 * @param {(path: string) => Promise<void>} [settings.prepareAssets]  changes the folder that `init` made
 * @param {object[]} [settings.roots]  further folders of the site
 * @param {string} [settings.pageCsp]
 * @param {object[]} [settings.apiRoutes]  further routes of the API, in the form of tests/server/api-routes.mjs
 * @param {boolean} [settings.withEscrow]  false: the worker's policy leaves the escrow out
 * @param {string[]} [settings.moreApis]  origins of further servers that the worker may talk to
 */
export async function startWorld({
  page = '/index.html',
  afterSignOut = '/',
  provider: providerOptions = {},
  redirectPaths = ['/callback'],
  moreOrigins = [],
  withPackage = true,
  prepareAssets,
  roots = [],
  pageCsp,
  apiRoutes = [],
  withEscrow = true,
  moreApis = [],
} = {}) {
  const closers = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const sitePort = await freePort();
    const siteOrigin = `http://localhost:${sitePort}`;
    const origins = [siteOrigin, ...moreOrigins];
    const { accessTokenSeconds = 60 } = providerOptions;
    const refused = new Set();
    const provider = await startProvider({
      port: 0,
      redirectUris: origins.flatMap((origin) => redirectPaths.map((path) => origin + path)),
      origins,
      ...providerOptions,
      accessTokenSeconds,
      postLogoutRedirectUris: origins.map((origin) => origin + afterSignOut),
      extra: {
        ...providerOptions.extra,
        features: {
          ...providerOptions.extra?.features,
          introspection: {
            enabled: true,
            // An opaque token is its own identifier.
            allowedPolicy: (ctx, client, token) => client.clientId !== CLIENT_ID && !refused.has(token.jti),
          },
        },
      },
    });
    closers.push(() => provider.close());
    const secrets = recordSecrets(provider.issuer);
    closers.push(async () => secrets.stop());
    const { issuer, introspection } = provider;
    const api = await startApi({ port: 0, issuer, introspection, routes: apiRoutes });
    closers.push(() => api.close());

    const assets = await temporaryFolder();
    closers.push(() => assets.remove());
    if (withPackage) await initAssets(assets.path);
    await prepareAssets?.(assets.path);
    const apiOrigins = [api.origin, ...moreApis];
    const workerCsp = policyOfWorkers({ issuer, apiOrigins, withEscrow });
    const cspReports = [];
    const site = await startSite({
      port: sitePort,
      roots: [
        { prefix: '/', directory: here('../app') },
        { prefix: '/support/', directory: here('.') },
        { prefix: '/lib/holdfast/', directory: packageFolder },
        { prefix: '/holdfast/', directory: assets.path },
        { prefix: '/holdfast/without-wasm/', directory: assets.path },
        ...roots,
      ],
      spaFallback: page,
      pageCsp,
      onCspReport: (report) => cspReports.push(report),
      workerCsp: (path) =>
        path.includes('/without-wasm/') ? "default-src 'none'; script-src 'none'" : workerCsp,
    });
    closers.push(() => site.close());

    const world = {
      provider,
      api,
      issuer,
      secrets,
      siteOrigin: site.origin,
      apiOrigin: api.origin,
      redirectUri: `${site.origin}/callback`,
      workerCsp,
      /** What the browser says of policies that were violated. */
      cspReports,
      /** Options of createAuthClient that fit this world. */
      options: (more = {}) => ({
        issuer,
        clientId: CLIENT_ID,
        redirectUri: `${site.origin}/callback`,
        postLogoutRedirectUri: site.origin + afterSignOut,
        scope: 'openid profile email offline_access',
        resources: [`${api.origin}/`],
        assetsUrl: '/holdfast/',
        ...more,
      }),
      refreshes: () => tokenRequests(provider, 'refresh_token'),
      /** Opens a browser with a fresh profile and answers its page; closed with the world. */
      async openPage(extra) {
        const quiet = [`${issuer}/.well-known/openid-configuration`, `${site.origin}/holdfast/worker.js`];
        const browser = await borrowBrowser(extra, quiet);
        closers.push(() => browser.close());
        return Object.assign(new AppPage(browser.driver, world), { browser });
      },
      /** Whether the server that issued the token still accepts it: what a resource server is told, RFC 7662. */
      isActive: (token) => introspect(provider, token),
      /** From now on the API is told that this access token is no good; the session lives. */
      refuse: (token) => refused.add(token),
      /**
       * Waits until the server takes the token no more, and its lifetime is over by the app's count as well: the server
       * counts in whole seconds, and may be done with a token almost a second earlier.
       */
      untilExpired: (token) =>
        waitFor(
          async () =>
            secrets.ageInSeconds(token) > accessTokenSeconds + 0.05 && !(await introspect(provider, token)),
          'the access token to expire',
          { timeoutMs: (accessTokenSeconds + 10) * 1000, everyMs: 100 },
        ),
      close: closeAll,
    };
    return world;
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The token endpoint's requests of one grant type, as the server saw them. */
export function tokenRequests(provider, grantType) {
  return provider.tokenRequests.filter((request) => request.grantType === grantType);
}

async function introspect({ issuer, introspection: { clientId, clientSecret } }, token) {
  const response = await fetch(`${issuer}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ token }),
  });
  if (!response.ok) throw new Error(`introspection answered ${response.status}`);
  return (await response.json()).active;
}
