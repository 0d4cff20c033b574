/**
 * The demo, whole: authorization server, API and site, each knowing the others' addresses. `npm start` opens it; a test
 * of the demo can, too.
 */
import { fileURLToPath } from 'node:url';

import { startApi } from './api.mjs';
import { demoPageCsp, workerCsp } from './csp.mjs';
import { demoFaults } from './demo-faults.mjs';
import { createPlayground } from './playground.mjs';
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
 * @param {number} [options.outageSeconds] for how long the server is down when somebody asks for it
 * @param {object} [options.provider] further options of startProvider
 * @returns {Promise<{ origin: string, provider: object, api: object, record: object, cspReports: object[], close(): Promise<void> }>}
 */
export async function startDemo({
  sitePort = 5173,
  issuerPort = 9000,
  apiPort = 9001,
  packageDirectory,
  assetsDirectory,
  outageSeconds = 20,
  provider: providerOptions = {},
}) {
  const origin = `http://localhost:${sitePort}`;
  const { accessTokenSeconds = 5 } = providerOptions;
  const playground = createPlayground({ accessTokenSeconds });
  const opened = [];
  const cspReports = [];
  const close = async () => {
    await Promise.all(opened.map((server) => server.close()));
  };
  try {
    const provider = await startProvider({
      port: issuerPort,
      redirectUris: [`${origin}/callback`],
      postLogoutRedirectUris: [`${origin}/`],
      ...providerOptions,
      ...playground.provider,
    });
    opened.push(provider);
    const { issuer, introspection } = provider;
    const api = await startApi({ port: apiPort, issuer, introspection, ...playground.api });
    opened.push(api);
    const faults = demoFaults(provider, { outageSeconds });
    playground.attach({ provider, api });
    const site = await startSite({
      port: sitePort,
      roots: [
        { prefix: '/', directory: pages },
        { prefix: '/lib/holdfast/', directory: packageDirectory },
        { prefix: '/holdfast/', directory: assetsDirectory },
      ],
      spaFallback: '/index.html',
      pageCsp: demoPageCsp({ issuer }),
      workerCsp: workerCsp({ issuer, apiOrigins: [api.origin] }),
      onCspReport: (report) => cspReports.push(report),
      json: {
        '/config.json': () => ({
          issuer,
          apiOrigin: api.origin,
          siteOrigin: origin,
          clientId: DEMO_CLIENT_ID,
          outageSeconds,
          ...playground.config(),
        }),
        '/faults': faults.state,
      },
      actions: {
        ...faults.actions,
        ...playground.actions,
      },
      streams: playground.streams,
    });
    opened.push(site);
    return { origin, provider, api, record: playground.record, cspReports, close };
  } catch (error) {
    await close();
    throw error;
  }
}
