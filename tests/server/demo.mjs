/**
 * The demo, whole: authorization server, API and site, each knowing the others' addresses. `npm start` opens it; a test
 * of the demo can, too.
 */
import { fileURLToPath } from 'node:url';

import { startApi } from './api.mjs';
import { demoPageCsp, demoWorkerCsp } from './csp.mjs';
import { DEMO_CLIENT_ID, startProvider } from './provider.mjs';
import { startSite } from './site.mjs';

const pages = fileURLToPath(new URL('../../www/', import.meta.url));

/**
 * @param {object} options
 * @param {number} [options.sitePort] the app's address is part of the server's settings, so 0 is not allowed here
 * @param {number} [options.issuerPort] 0 for a free one
 * @param {number} [options.apiPort] 0 for a free one
 * @param {string} options.packageDirectory the unpacked npm package, served at /lib/holdfast/
 * @param {string} options.assetsDirectory what the package's `init` command made, served at /holdfast/
 * @param {object} [options.provider] further options of startProvider
 * @returns {Promise<{ origin: string, provider: object, api: object, close(): Promise<void> }>}
 */
export async function startDemo({
  sitePort = 5173,
  issuerPort = 9000,
  apiPort = 9001,
  packageDirectory,
  assetsDirectory,
  provider: providerOptions = {},
}) {
  const origin = `http://localhost:${sitePort}`;
  const accessTokenSeconds = providerOptions.accessTokenSeconds ?? 5;
  const opened = [];
  const close = async () => {
    await Promise.all(opened.map((server) => server.close()));
  };
  try {
    const provider = await startProvider({
      port: issuerPort,
      redirectUris: [`${origin}/callback`],
      postLogoutRedirectUris: [`${origin}/`],
      ...providerOptions,
      accessTokenSeconds,
    });
    opened.push(provider);
    const { issuer, introspection } = provider;
    const api = await startApi({ port: apiPort, issuer, introspection });
    opened.push(api);
    const site = await startSite({
      port: sitePort,
      roots: [
        { prefix: '/', directory: pages },
        { prefix: '/lib/holdfast/', directory: packageDirectory },
        { prefix: '/holdfast/', directory: assetsDirectory },
      ],
      spaFallback: '/index.html',
      pageCsp: demoPageCsp({ issuer }),
      workerCsp: demoWorkerCsp({ issuer, apiOrigins: [api.origin] }),
      json: {
        '/config.json': {
          issuer,
          apiOrigin: api.origin,
          siteOrigin: origin,
          clientId: DEMO_CLIENT_ID,
          accessTokenSeconds,
        },
      },
    });
    opened.push(site);
    return { origin, provider, api, close };
  } catch (error) {
    await close();
    throw error;
  }
}
