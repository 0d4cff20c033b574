/**
 * The app on oauth4webapi, which is the parts of a client rather than one: this is the least that an app adds. Tokens in memory,
 * discovery at each start, one refresh at a time in a tab.
 */
import * as oauth from 'oauth4webapi';
import { config, expose, fetchWith, isCallback, redirectUri, settings } from './bench.mjs';

const PENDING = 'pending-sign-in';
const EARLY_MS = (settings.earlySeconds ?? 5) * 1000;
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: config.clientId };
let server;
let tokens;
let refreshing;

expose(
  async () => {
    const issuer = new URL(config.issuer);
    server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    if (isCallback()) await finish();
  },
  {
    signedIn: async () => Boolean(tokens),
    signIn,
    call: async (url, init) => fetchWith(await accessToken(), url, init),
  },
);

async function signIn() {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, nonce }));
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

async function finish() {
  const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem(PENDING));
  sessionStorage.removeItem(PENDING);
  const parameters = oauth.validateAuthResponse(server, client, new URL(location.href), state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri,
    verifier,
    insecure,
  );
  keep(
    await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    }),
  );
}

async function accessToken() {
  if (tokens.endsAt - EARLY_MS < Date.now()) {
    refreshing ??= refresh().finally(() => (refreshing = undefined));
    await refreshing;
  }
  return tokens.access_token;
}

async function refresh() {
  const response = await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.None(),
    tokens.refresh_token,
    insecure,
  );
  keep(await oauth.processRefreshTokenResponse(server, client, response));
}

function keep(answer) {
  tokens = { ...tokens, ...answer, endsAt: Date.now() + answer.expires_in * 1000 };
}
