/**
 * What holdfast is there to avoid: authorization code + PKCE done in the page itself. The probe has to see every secret
 * of it (the tests' positive control), and the harness can be tried with it where there is no package.
 */
import { describeError, installBridge } from '/bridge.js';

const e2e = installBridge();
const KEY = 'leaky-transaction';

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function tokenRequest(issuer, parameters) {
  const { token_endpoint: endpoint } = await (
    await fetch(`${issuer}/.well-known/openid-configuration`)
  ).json();
  const response = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(parameters) });
  return response.json();
}

e2e.signIn = async ({ issuer, clientId, redirectUri, scope, resource }) => {
  const transaction = { issuer, clientId, redirectUri, state: random(), verifier: random() };
  sessionStorage.setItem(KEY, JSON.stringify(transaction));
  const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(transaction.verifier));
  const { authorization_endpoint: endpoint } = await (
    await fetch(`${issuer}/.well-known/openid-configuration`)
  ).json();
  const parameters = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state: transaction.state,
    nonce: random(),
    code_challenge: base64url(challenge),
    code_challenge_method: 'S256',
    ...(resource && { resource }),
  };
  location.assign(`${endpoint}?${new URLSearchParams(parameters)}`);
};

e2e.refresh = async () => {
  const { issuer, clientId } = JSON.parse(sessionStorage.getItem(KEY));
  const { refresh_token } = JSON.parse(localStorage.getItem('leaky-tokens'));
  const tokens = await tokenRequest(issuer, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token,
  });
  localStorage.setItem('leaky-tokens', JSON.stringify(tokens));
  return Object.keys(tokens);
};

async function handleCallback() {
  const query = new URLSearchParams(location.search);
  if (!query.has('code')) return;
  const { issuer, clientId, redirectUri, state, verifier } = JSON.parse(sessionStorage.getItem(KEY));
  if (query.get('state') !== state) throw new Error('state');
  const tokens = await tokenRequest(issuer, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code: query.get('code'),
    code_verifier: verifier,
  });
  localStorage.setItem('leaky-tokens', JSON.stringify(tokens));
  e2e.tokens = tokens;
}

try {
  await handleCallback();
} catch (error) {
  e2e.error = describeError(error);
}
e2e.ready = true;
