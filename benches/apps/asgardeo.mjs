/** The app on @asgardeo/auth-spa with its storage in a web worker, which makes the calls, too. */
import { AsgardeoSPAClient } from '@asgardeo/auth-spa';
import { config, expose, isCallback, redirectUri, settings } from './bench.mjs';

const client = AsgardeoSPAClient.getInstance();

expose(
  async () => {
    await client.initialize({
      signInRedirectURL: redirectUri,
      signOutRedirectURL: `${config.origin}/`,
      clientID: config.clientId,
      wellKnownEndpoint: `${config.issuer}/.well-known/openid-configuration`,
      scope: ['openid', 'profile', 'email', 'offline_access'],
      resourceServerURLs: [config.api],
      storage: 'webWorker',
    });
    if (isCallback()) await client.signIn({ callOnlyOnRedirect: true });
    else if (settings.frame && !(await client.isAuthenticated())) await client.trySignInSilently();
  },
  {
    signedIn: () => client.isAuthenticated(),
    signIn: async () => {
      await client.signIn();
    },
    call: async (url, init) => asResponse(await client.httpRequest(asAxiosRequest(url, init))),
    tokens: async () => ({
      access: await answerOf(client.getAccessToken()),
      id: await answerOf(client.getIDToken()),
    }),
    signOut: () => client.signOut(),
  },
);

function asAxiosRequest(url, { method = 'GET', headers = {}, body } = {}) {
  // Otherwise bytes are read as text.
  const isBinary = new URL(url).pathname === '/large';
  return {
    url: String(url),
    method,
    headers: Object.fromEntries(new Headers(headers)),
    data: body,
    ...(isBinary && { responseType: 'blob' }),
  };
}

/** What it refuses is no token. */
const answerOf = (promise) => promise.catch(() => undefined);

/** It answers in axios's form, without a stream; JSON has been read already, and costs no second reading. */
function asResponse({ data, status }) {
  return data instanceof Blob ? new Response(data, { status }) : { status, json: async () => data };
}
