/**
 * Knows every secret of a sign-in: watches what the servers of this process receive and send (through Node's own
 * diagnostics channel, so the servers need no hook for it), and keeps code verifiers and tokens in the test's memory.
 * Also keeps the authorization requests, for tests that forge an answer to one.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CHANNEL = 'http.server.request.start';
const IN_REQUESTS = { code_verifier: 'code verifier', refresh_token: 'refresh token' };
const IN_RESPONSES = {
  access_token: 'access token',
  refresh_token: 'refresh token',
  id_token: 'ID token',
};

/**
 * @param {string} issuer  only what this server receives and sends is kept
 * @param {(request: import('node:http').IncomingMessage) => boolean} [isWanted]  of which requests secrets are kept; all by default
 * @returns {{
 *   all: Map<string, string>,
 *   ofKind(kind: string): string[],
 *   last(kind: string): string,
 *   ageInSeconds(secret: string): number,
 *   authorizationRequests: URLSearchParams[],
 *   stop(): void,
 * }}
 *   `all` maps each secret to its kind; insertion order is the order of appearance
 */
export function recordSecrets(issuer, isWanted = () => true) {
  const { host } = new URL(issuer);
  const all = new Map();
  const firstSeen = new Map();
  const authorizationRequests = [];
  const learn = (value, kind) => {
    if (typeof value !== 'string' || value === '' || all.has(value)) return;
    all.set(value, kind);
    firstSeen.set(value, performance.now());
  };
  const onRequest = ({ request, response }) => {
    if (request.headers.host !== host) return;
    const { pathname, searchParams } = new URL(request.url, issuer);
    if (pathname === '/auth' && searchParams.has('client_id')) authorizationRequests.push(searchParams);
    if (request.method !== 'POST' || !isWanted(request)) return;
    collect(request, 'push', (text) => {
      const form = new URLSearchParams(text);
      for (const [name, kind] of Object.entries(IN_REQUESTS)) learn(form.get(name), kind);
    });
    collect(response, 'end', (text) => {
      const body = parseObject(text);
      for (const [name, kind] of Object.entries(IN_RESPONSES)) learn(body[name], kind);
    });
  };
  subscribe(CHANNEL, onRequest);
  const ofKind = (kind) => [...all].filter(([, itsKind]) => itsKind === kind).map(([secret]) => secret);
  return {
    all,
    ofKind,
    last: (kind) => ofKind(kind).at(-1),
    ageInSeconds: (secret) => (performance.now() - firstSeen.get(secret)) / 1000,
    authorizationRequests,
    stop: () => unsubscribe(CHANNEL, onRequest),
  };
}

/** Calls `done` with the whole text each time another chunk has passed through `stream[method]`. */
function collect(stream, method, done) {
  const original = stream[method];
  const chunks = [];
  const take = (chunk) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    chunks.push(Buffer.from(chunk));
    done(Buffer.concat(chunks).toString());
  };
  stream[method] = function (...args) {
    take(args[0]);
    return original.apply(this, args);
  };
}

function parseObject(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
