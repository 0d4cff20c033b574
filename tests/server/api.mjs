/**
 * The API of the demo, the tests and the benches: a resource server that asks the authorization server about each
 * access token (RFC 7662), on every call, and never keeps one.
 *
 * A token that is bound to a key (RFC 9449) is taken with a proof of that key only.
 *
 * Its routes are in api-routes.mjs. Any page on http://localhost may call it (CORS).
 */
import { routes as ownRoutes } from './api-routes.mjs';
import { listen } from './listen.mjs';
import { createProofCheck } from './proofs.mjs';

const APP_ORIGIN = /^http:\/\/localhost(:\d+)?$/;
const EXPOSED_HEADERS = 'WWW-Authenticate, Retry-After, Content-Length, Content-Disposition';
const PROOF_ALGORITHMS = 'algs="ES256 Ed25519 EdDSA"';

/**
 * @param {object} options
 * @param {number} [options.port] 0 for a free one
 * @param {string} [options.host]
 * @param {string} options.issuer
 * @param {{ clientId: string, clientSecret: string }} options.introspection what `startProvider` gives
 * @param {(token: string) => object | undefined} [options.claimsOf] takes the place of asking the server: the claims of a good token
 * @param {boolean} [options.credentials] whether pages may send cookies along
 * @param {object[]} [options.routes] further routes, in the form of api-routes.mjs
 * @param {(call: { method: string, path: string, scheme?: string, token?: string }) => (outcome: object) => void} [options.watch]
 *   told of each call as it arrives; what it answers is told of the end of it
 * @returns {Promise<{ origin: string, port: number, requests: object[], proofs: object, clock: object, close(): Promise<void> }>}
 *   `requests` has one entry per call, preflights left out, in the order of arrival; `status` is null until answered;
 *   `proofs` is what `createProofCheck` gives; `clock.aheadSeconds` is by how much the API's clock is fast, and may be changed
 */
export async function startApi({
  port = 9001,
  host = '127.0.0.1',
  issuer,
  introspection,
  claimsOf,
  credentials = false,
  routes: moreRoutes = [],
  watch,
}) {
  const routes = [...ownRoutes, ...moreRoutes];
  const requests = [];
  const proofs = createProofCheck();
  const clock = { aheadSeconds: 0 };
  const checkToken = createTokenCheck({ issuer, proofs, clock, claimsOf, ...introspection });
  const server = await listen(
    (request, response) => {
      if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
      respond({
        request,
        response,
        requests,
        routes,
        proofs,
        checkToken,
        watch,
        origin: server.origin,
      }).catch((error) => {
        if (response.headersSent || response.destroyed) return response.destroy();
        if (!error.status) console.error('api:', error);
        return sendJson(response, error.status ?? 500, {
          error: error.status ? error.message : 'internal error',
        });
      });
    },
    { port, host },
  );
  return { origin: server.origin, port: server.port, requests, proofs, clock, close: () => server.close() };
}

async function respond({ request, response, requests, routes, proofs, checkToken, watch, origin }) {
  const url = new URL(request.url, origin);
  allowCrossOrigin(request, response, proofs);
  if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) {
    response.writeHead(204).end();
    return;
  }

  const entry = {
    method: request.method,
    path: url.pathname,
    status: null,
    authorization: 'none',
    at: Date.now(),
  };
  requests.push(entry);
  const { scheme, token } = credentialsOf(request.headers);
  const finish = watch?.({ method: entry.method, path: entry.path, scheme, token });
  response.once('close', () => {
    entry.status ??= response.headersSent ? response.statusCode : 0; // 0: gone before an answer
    finish?.({ status: entry.status, error: entry.error });
  });
  response.once('finish', () => {
    entry.status = response.statusCode;
  });

  const route = routes.find(({ pattern }) => pattern.test(url.pathname));
  if (!route?.public) {
    const verdict = await checkToken(request, url);
    entry.authorization = verdict.authorization;
    entry.scheme = verdict.scheme;
    entry.error = verdict.error;
    const nonce = request.headers.dpop && proofs.nonce();
    if (nonce) response.setHeader('DPoP-Nonce', nonce);
    if (verdict.authorization !== 'valid') {
      refuse(response, verdict);
      return;
    }
    request.token = verdict.claims;
  }
  if (!route) throw httpError(404, `there is no ${url.pathname} here`);
  if (!route.methods.includes(request.method))
    throw httpError(405, `${url.pathname} takes ${route.methods.join(', ')}`);
  await route.handle({
    request,
    response,
    url,
    match: url.pathname.match(route.pattern),
    sendJson,
    httpError,
  });
}

function allowCrossOrigin(request, response, { hidesNonce }) {
  response.setHeader('Vary', 'Origin');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const { origin } = request.headers;
  if (!origin || !APP_ORIGIN.test(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS + (hidesNonce ? '' : ', DPoP-Nonce'));
  response.setHeader('Timing-Allow-Origin', origin);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '');
  response.setHeader('Access-Control-Max-Age', '600');
}

function refuse(response, { authorization, scheme, error = 'invalid_token', unavailable }) {
  if (unavailable) {
    sendJson(response, 503, { error: 'the authorization server does not answer' });
    return;
  }
  // RFC 6750 3.1: no error code when the request carried no credentials at all.
  const isNone = authorization === 'none';
  const challenges = {
    none: `Bearer, DPoP ${PROOF_ALGORITHMS}`,
    bearer: `Bearer error="${error}"`,
    dpop: `DPoP error="${error}", ${PROOF_ALGORITHMS}`,
  };
  response.setHeader('WWW-Authenticate', challenges[isNone ? 'none' : scheme]);
  sendJson(response, 401, { error: isNone ? 'unauthorized' : error });
}

function createTokenCheck({ issuer, proofs, clock, claimsOf, clientId, clientSecret }) {
  const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  const basic = `Basic ${credentials.toString('base64')}`;
  let endpoint;

  async function introspect(token) {
    endpoint ??= (await getJson(`${issuer}/.well-known/openid-configuration`)).introspection_endpoint;
    return getJson(endpoint, {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
    });
  }

  return async ({ method, headers }, url) => {
    if (!headers.authorization) return { authorization: 'none' };
    const { scheme, token } = credentialsOf(headers);
    const refused = { authorization: 'refused', scheme };
    if (!token) return refused;
    let proof;
    if (scheme === 'dpop') {
      proof = proofs.check({ proof: headers.dpop, method, url, accessToken: token });
      if (proof.error) return { ...refused, error: proof.error };
    }
    try {
      const claims = claimsOf ? (claimsOf(token) ?? { active: false }) : await introspect(token);
      const isForUs =
        claims.aud === undefined || [claims.aud].flat().some((aud) => new URL(aud).origin === url.origin);
      // RFC 9449 section 7.1: a bound token is no bearer token.
      const isBearers = claims.cnf?.jkt === proof?.jkt;
      const isFresh = !(claims.exp <= Date.now() / 1000 + clock.aheadSeconds);
      return claims.active && isFresh && isForUs && isBearers
        ? { authorization: 'valid', scheme, claims }
        : refused;
    } catch {
      return { ...refused, unavailable: true };
    }
  };
}

function credentialsOf({ authorization = '' }) {
  const [, written, token] = /^(Bearer|DPoP) ([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
  return { scheme: written?.toLowerCase() ?? 'bearer', token };
}

async function getJson(url, init) {
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
  return response.json();
}

function sendJson(response, status, value) {
  response
    .writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value));
}

function httpError(status, message) {
  return Object.assign(new Error(message), { status });
}
