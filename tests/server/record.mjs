/**
 * What the servers of the demo saw, for its timeline: requests and what became of them, in the order of their arrival, and what
 * the pages tell of their side. Tokens have names here (A1, A2 for access tokens, R1, R2 for refresh tokens, in the order in
 * which they were first seen) and the first digits of their digest. No token is in it.
 */
import { createHash } from 'node:crypto';

const MOST = 400;
const LONGEST_TEXT = 300;

/** @returns what follows; `listeners` get each entry when it is new and when it has changed */
export function createRecord() {
  const entries = [];
  const listeners = new Set();
  const told = new Map(); // what pages have told of the vault, which all of them hear
  const names = { A: new Map(), R: new Map() };
  let lastId = 0;

  const tell = (entry) => {
    for (const listener of listeners) listener(entry);
  };
  const record = {
    entries,
    listeners,
    add(entry) {
      const added = { id: (lastId += 1), at: Date.now(), ...entry };
      entries.push(added);
      if (entries.length > MOST) entries.shift();
      tell(added);
      return added;
    },
    change(entry, fields) {
      Object.assign(entry, fields);
      tell(entry);
    },
    /** @param {'A' | 'R'} kind @param {string | null | undefined} token */
    nameOf(kind, token) {
      if (!token) return null;
      const digest = createHash('sha256').update(token).digest('hex').slice(0, 8);
      const known = names[kind];
      if (!known.has(digest)) known.set(digest, { name: `${kind}${known.size + 1}`, digest });
      return known.get(digest);
    },
    /** What a page tells of itself or of its vault; from several pages, the vault's words come several times. */
    takeFromPage(lines) {
      for (const line of Array.isArray(lines) ? lines.slice(0, 100) : []) {
        const facts = plain(line);
        if (typeof facts.event !== 'string' || typeof facts.time !== 'number') continue;
        const words = JSON.stringify(facts);
        if (facts.from === 'vault' && told.has(words)) continue;
        told.set(words, true);
        if (told.size > MOST) told.delete(told.keys().next().value);
        record.add({ ...facts, kind: 'told', at: facts.time });
      }
      return {};
    },
  };
  return record;
}

/** Numbers, flags and short texts only: this goes to every page of the demo. */
function plain(value) {
  const isPlain = ([, part]) => ['boolean', 'number'].includes(typeof part) || part === null;
  const isText = ([, part]) => typeof part === 'string' && part.length <= LONGEST_TEXT;
  return Object.fromEntries(Object.entries(Object(value)).filter((pair) => isPlain(pair) || isText(pair)));
}

/** Koa middleware: what the authorization server is asked. */
export function watchProvider(record) {
  return async (ctx, next) => {
    const began = performance.now();
    const request = requestOf(ctx, record);
    if (!request) return next();
    const entry = record.add({ ...request, status: null });
    try {
      return await next();
    } finally {
      const milliseconds = Math.round(performance.now() - began);
      record.change(entry, { milliseconds, ...outcomeOf(ctx, record) });
    }
  };
}

function requestOf({ method, path, query, state, headers }, { nameOf }) {
  const { form } = state;
  if (method === 'POST' && path === '/token') {
    const grant = form.get('grant_type');
    const sends = nameOf('R', form.get('refresh_token'));
    return { kind: 'token', grant, sends, dpop: Boolean(headers.dpop) };
  }
  if (method === 'POST' && path === '/token/revocation') {
    return { kind: 'revocation', sends: nameOf('R', form.get('token')) };
  }
  if (method !== 'GET') return undefined;
  // The API asks for the metadata, too, and is no browser.
  if (path !== '/auth' && path !== '/session/end' && !headers.origin) return undefined;
  if (path === '/auth') {
    return { kind: 'authorize', silent: query.prompt === 'none', fresh: query.max_age !== undefined };
  }
  if (path === '/session/end') return { kind: 'sign-out' };
  if (path === '/.well-known/openid-configuration') return { kind: 'metadata', what: 'metadata' };
  if (path === '/jwks') return { kind: 'metadata', what: 'keys' };
  return undefined;
}

/** `lost`: what did not arrive; `gives`: the tokens of the answer, whether it arrived or not. */
function outcomeOf({ status, body, respond, state }, { nameOf }) {
  const { fault, isGrace, isReuse } = state;
  const answer = body && typeof body === 'object' && !Buffer.isBuffer(body) ? body : {};
  const gives = [nameOf('A', answer.access_token), nameOf('R', answer.refresh_token)].filter(Boolean);
  const isLost = respond === false;
  return {
    status: isLost ? 0 : status,
    ...(typeof answer.error === 'string' && { error: answer.error }),
    ...(gives.length && { gives, lifetime: answer.expires_in ?? null }),
    ...(isLost && { lost: fault?.destroy === 'before' ? 'request' : 'answer' }),
    ...(fault?.name && { fault: fault.name }),
    ...(isGrace && { grace: true }),
    ...(isReuse && { reuse: true }),
  };
}

/** For `startApi`: what the API is asked. */
export function watchApi(record) {
  return ({ method, path, scheme, token }) => {
    const began = performance.now();
    const carries = record.nameOf('A', token);
    const entry = record.add({ kind: 'call', method, path, carries, dpop: scheme === 'dpop', status: null });
    return ({ status, error }) =>
      record.change(entry, {
        status,
        milliseconds: Math.round(performance.now() - began),
        ...(error && { error }),
      });
  };
}
