/** What the test API answers. Every route but the public one is reached with a valid access token only. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNK_BYTES = 64 * 1024;
const LARGEST_DOWNLOAD = 1024 ** 3;
const LARGEST_ECHO = 256 * 1024 ** 2;
// The same bytes on every run, so that a test can check them: 0, 1, ... 255, 0, 1, ...
const chunk = Buffer.from(Array.from({ length: CHUNK_BYTES }, (_, index) => index % 256));

export const routes = [
  { pattern: /^\/public$/, methods: ['GET', 'HEAD'], public: true, handle: open },
  { pattern: /^\/me$/, methods: ['GET', 'HEAD'], handle: me },
  { pattern: /^\/time$/, methods: ['GET', 'HEAD'], handle: time },
  { pattern: /^\/large$/, methods: ['GET'], handle: large },
  { pattern: /^\/echo$/, methods: ['POST', 'PUT', 'PATCH'], handle: echo },
  { pattern: /^\/echo\/raw$/, methods: ['POST', 'PUT', 'PATCH'], handle: echoRaw },
  { pattern: /^\/events$/, methods: ['GET'], handle: events },
  {
    pattern: /^\/status\/(\d{3})$/,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    handle: status,
  },
  { pattern: /^\/step-up$/, methods: ['GET', 'HEAD', 'POST'], handle: stepUp },
  { pattern: /^\/redirect$/, methods: ['GET', 'HEAD', 'POST'], handle: redirect },
];

function open({ response, sendJson }) {
  sendJson(response, 200, { message: 'Anyone may read this.' });
}

function me({ request, response, sendJson }) {
  const { sub, scope, exp } = request.token;
  sendJson(response, 200, {
    subject: sub,
    scope,
    expiresInSeconds: Math.max(0, exp - Math.floor(Date.now() / 1000)),
  });
}

function time({ response, sendJson }) {
  sendJson(response, 200, { time: new Date().toISOString() });
}

/** GET /large?bytes=52428800: that many bytes, as fast as they are taken. */
async function large({ response, url, httpError }) {
  const total = numberFrom(url, 'bytes', 52_428_800, LARGEST_DOWNLOAD, httpError);
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': total });
  for (let sent = 0; sent < total && !response.destroyed; sent += CHUNK_BYTES) {
    if (!response.write(chunk.subarray(0, Math.min(CHUNK_BYTES, total - sent)))) await drained(response);
  }
  response.end();
}

/** POST /echo: what arrived, in numbers. */
async function echo({ request, response, sendJson }) {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of request) {
    hash.update(part);
    bytes += part.length;
  }
  const contentType = request.headers['content-type'] ?? null;
  sendJson(response, 200, { method: request.method, bytes, contentType, sha256: hash.digest('hex') });
}

/** POST /echo/raw: what arrived, byte for byte. Kept whole first: browsers do not read while they still send. */
async function echoRaw({ request, response, httpError }) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > LARGEST_ECHO) throw httpError(413, `at most ${LARGEST_ECHO} bytes`);
    parts.push(part);
  }
  response.writeHead(200, {
    'Content-Type': request.headers['content-type'] ?? 'application/octet-stream',
    'Content-Length': bytes,
  });
  response.end(Buffer.concat(parts));
}

/** GET /events?count=10&intervalMs=1000: server-sent events. The token is checked at the start only. */
async function events({ response, url, httpError }) {
  const count = numberFrom(url, 'count', 10, 1_000_000, httpError);
  const intervalMs = numberFrom(url, 'intervalMs', 1000, 3_600_000, httpError);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  try {
    for (let number = 1; number <= count && !response.destroyed; number += 1) {
      const data = JSON.stringify({ number, of: count, time: new Date().toISOString() });
      if (!response.write(`id: ${number}\nevent: tick\ndata: ${data}\n\n`)) await drained(response);
      if (number < count) await sleep(intervalMs, undefined, { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
}

/** GET /status/503?retryAfter=1&authenticate=...: that status, with `Retry-After` and `WWW-Authenticate` if asked. */
function status({ request, response, url, match, sendJson, httpError }) {
  const code = Number(match[1]);
  if (code < 200 || code > 599) throw httpError(400, 'a status is between 200 and 599');
  request.resume();
  const retryAfter = url.searchParams.get('retryAfter');
  const challenge = url.searchParams.get('authenticate');
  if (retryAfter) response.setHeader('Retry-After', retryAfter);
  if (challenge) response.setHeader('WWW-Authenticate', challenge);
  if (code === 204 || code === 304) response.writeHead(code).end();
  else sendJson(response, code, { status: code });
}

/**
 * GET /step-up?since=1700000000&acr=urn:example:strong: only for somebody who signed in since then, in seconds since
 * 1970, and in that way (RFC 9470).
 */
function stepUp({ request, response, url, sendJson, httpError }) {
  const since = numberFrom(url, 'since', 0, Number.MAX_SAFE_INTEGER, httpError);
  const acr = url.searchParams.get('acr');
  request.resume();
  const { auth_time: signedInAt, acr: signedInBy } = request.token;
  if (signedInAt >= since && (!acr || acr === signedInBy)) {
    return sendJson(response, 200, { signedInAt, signedInBy });
  }
  const wishes = ['error="insufficient_user_authentication"'];
  if (acr) wishes.push(`acr_values="${acr}"`);
  if (since) wishes.push('max_age="0"');
  response.setHeader('WWW-Authenticate', `Basic realm="a, error=\\"b\\"", Bearer ${wishes.join(', ')}`);
  return sendJson(response, 401, { error: 'insufficient_user_authentication' });
}

/** GET /redirect?to=<url>&status=302 */
function redirect({ request, response, url, httpError }) {
  const to = url.searchParams.get('to');
  const code = numberFrom(url, 'status', 302, 308, httpError);
  if (!to || code < 301) throw httpError(400, 'needs ?to=<url>, and a status from 301 to 308 if any');
  request.resume();
  response.writeHead(code, { Location: new URL(to, url).href }).end();
}

function numberFrom(url, name, fallback, largest, httpError) {
  const value = Number(url.searchParams.get(name) ?? fallback);
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw httpError(400, `${name} is a whole number from 0 to ${largest}`);
  }
  return value;
}

async function drained(response) {
  if (response.destroyed) return;
  const settled = new AbortController(); // takes the other listener away again
  const heard = (event) => once(response, event, { signal: settled.signal });
  await Promise.race([heard('drain'), heard('close')]).finally(() => settled.abort());
}
