/**
 * The API of the demo, the tests and the benches: a resource server that asks the authorization server about each
 * access token (RFC 7662), on every call, and never keeps one.
 *
 * Its routes are in api-routes.mjs. Any page on http://localhost may call it (CORS).
 */
import { routes } from './api-routes.mjs';
import { listen } from './listen.mjs';

const APP_ORIGIN = /^http:\/\/localhost(:\d+)?$/;
const EXPOSED_HEADERS = 'WWW-Authenticate, Retry-After, DPoP-Nonce, Content-Length, Content-Disposition';

/**
 * @param {object} options
 * @param {number} [options.port] 0 for a free one
 * @param {string} [options.host]
 * @param {string} options.issuer
 * @param {{ clientId: string, clientSecret: string }} options.introspection what `startProvider` gives
 * @returns {Promise<{ origin: string, port: number, requests: object[], close(): Promise<void> }>}
 *   `requests` has one entry per call, preflights left out, in the order of arrival; `status` is null until answered
 */
export async function startApi({ port = 9001, host = '127.0.0.1', issuer, introspection }) {
  const requests = [];
  const checkToken = createTokenCheck({ issuer, ...introspection });
  const server = await listen(
    (request, response) => {
      respond({ request, response, requests, checkToken, origin: server.origin }).catch((error) => {
        if (response.headersSent || response.destroyed) return response.destroy();
        if (!error.status) console.error('api:', error);
        return sendJson(response, error.status ?? 500, {
          error: error.status ? error.message : 'internal error',
        });
      });
    },
    { port, host },
  );
  return { origin: server.origin, port: server.port, requests, close: () => server.close() };
}

async function respond({ request, response, requests, checkToken, origin }) {
  const url = new URL(request.url, origin);
  allowCrossOrigin(request, response);
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
  response.once('close', () => {
    entry.status ??= response.headersSent ? response.statusCode : 0; // 0: gone before an answer
  });
  response.once('finish', () => {
    entry.status = response.statusCode;
  });

  const route = routes.find(({ pattern }) => pattern.test(url.pathname));
  if (!route?.public) {
    const verdict = await checkToken(request.headers.authorization, origin);
    entry.authorization = verdict.authorization;
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

function allowCrossOrigin(request, response) {
  response.setHeader('Vary', 'Origin');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const { origin } = request.headers;
  if (!origin || !APP_ORIGIN.test(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS);
  response.setHeader('Timing-Allow-Origin', origin);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '');
  response.setHeader('Access-Control-Max-Age', '600');
}

function refuse(response, { authorization, unavailable }) {
  if (unavailable) {
    sendJson(response, 503, { error: 'the authorization server does not answer' });
    return;
  }
  // RFC 6750 3.1: no error code when the request carried no credentials at all.
  const challenge = authorization === 'none' ? 'Bearer' : 'Bearer error="invalid_token"';
  response.setHeader('WWW-Authenticate', challenge);
  sendJson(response, 401, { error: authorization === 'none' ? 'unauthorized' : 'invalid_token' });
}

function createTokenCheck({ issuer, clientId, clientSecret }) {
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

  return async (header, audience) => {
    if (!header) return { authorization: 'none' };
    const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(header)?.[1];
    if (!token) return { authorization: 'refused' };
    try {
      const claims = await introspect(token);
      const isForUs =
        claims.aud === undefined || [claims.aud].flat().some((aud) => new URL(aud).origin === audience);
      return claims.active && isForUs ? { authorization: 'valid', claims } : { authorization: 'refused' };
    } catch {
      return { authorization: 'refused', unavailable: true };
    }
  };
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
