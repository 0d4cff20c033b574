/**
 * An API that does what the URL says and writes down what arrives, so that two ways of calling it can be compared. It
 * asks for no token: the one way sends one, the other does not, and the rest is to be the same.
 *
 *   /<run>/<case>/answer?<JSON>   answers as `Answer` says
 *   /<run>/<case>/arrived         answers when a call of that run and case has come
 *   /<run>/<case>/closed          answers when such a call's connection is closed before its answer was whole
 */
import http from 'node:http';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';

/** More than Node.js takes by itself: 64 KiB of headers are one of the cases. */
const HEADERS_AT_MOST = 256 * 1024;

/**
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {string} [reason]  the status text
 * @property {[string, string][]} [headers]
 * @property {string} [body]
 * @property {string} [base64]  the body as bytes
 * @property {number} [repeat]  how many times the body is sent
 * @property {string} [encoding]  'gzip', or what the header is to say though the body is as it is
 * @property {boolean} [cors]  false: no page may read it
 * @property {boolean} [credentials]  false: no page may read it that sent credentials
 * @property {'hang' | 'stall' | 'break'} [then]  no answer at all; the body and no end; the body and a broken connection
 * @property {boolean} [deaf]  the request's body is not read
 */

/**
 * @returns {Promise<{ origin: string, calls(run: string, number: number): object[], close(): Promise<void> }>}
 *   a call: `{ method, path, headers, body }`, the body in base64; preflights are left out
 */
export async function startEchoApi() {
  const log = new CallLog();
  const server = http.createServer({ maxHeaderSize: HEADERS_AT_MOST }, (request, response) => {
    respond(request, response, log).catch(() => response.destroy());
  });
  server.maxHeadersCount = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    calls: (run, number) => log.of(`/${run}/${number}`).map(({ seen }) => seen),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** What has come, and who waits for something to come. */
class CallLog {
  #calls = new Map();
  #waiting = [];

  of(key) {
    return this.#calls.get(key) ?? [];
  }

  add(key, call) {
    this.#calls.set(key, [...this.of(key), call]);
    this.changed();
  }

  changed() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async until(condition) {
    while (!condition()) await new Promise((resolve) => this.#waiting.push(resolve));
  }
}

async function respond(request, response, log) {
  const url = new URL(request.url, 'http://echo');
  const [, run, number, route] = url.pathname.split('/');
  const key = `/${run}/${number}`;
  // What a caller adds to the query is not for here.
  const [wanted] = url.search.slice(1).split('&');
  const answer = wanted ? JSON.parse(decodeURIComponent(wanted)) : {};
  allowCrossOrigin(request, response, answer);
  if (request.headers['access-control-request-method']) return void response.writeHead(204).end();
  if (route !== 'answer') {
    await log.until(() => log.of(key).some(({ isClosed }) => isClosed || route === 'arrived'));
    return void response.end();
  }

  const { method, headers } = request;
  const call = { seen: { method, path: request.url, headers, body: null }, isClosed: false };
  log.add(key, call);
  response.once('close', () => {
    call.isClosed = !response.writableFinished;
    log.changed();
  });
  if (!answer.deaf) {
    const parts = [];
    for await (const part of request) parts.push(part);
    call.seen.body = Buffer.concat(parts).toString('base64');
  }
  await send(response, method, answer);
}

async function send(response, method, answer) {
  const { status = 200, reason, headers = [], body = '', base64, repeat = 1, encoding, then } = answer;
  if (then === 'hang') return;
  const bytes = base64 === undefined ? Buffer.from(body.repeat(repeat)) : Buffer.from(base64, 'base64');
  const given = headers.flatMap(([name, value]) => [name, value.replace(/^\*(\d+)$/, repeated)]);
  const own = Object.entries(response.getHeaders()).flat();
  const coding = encoding ? ['content-encoding', encoding] : [];
  response.writeHead(status, reason, [...own, ...given, ...coding]);
  if ([204, 304].includes(status) || method === 'HEAD') return void response.end();
  response.write(encoding === 'gzip' ? gzipSync(bytes) : bytes);
  if (then === 'stall') return;
  // Not destroyed: what was sent is to arrive, or the browser would take the whole for lost and ask again.
  if (then === 'break') return void response.socket.end();
  response.end();
}

const repeated = (_, length) => 'x'.repeat(length);

function allowCrossOrigin(request, response, { cors, credentials = true, headers = [], encoding }) {
  response.setHeader('cache-control', 'no-store');
  const { origin } = request.headers;
  if (cors === false || !origin) return;
  response.setHeader('access-control-allow-origin', origin);
  if (credentials) response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '');
  response.setHeader('access-control-allow-methods', request.headers['access-control-request-method'] ?? '');
  response.setHeader('access-control-max-age', '600');
  const exposed = [
    ...headers.map(([name]) => name),
    encoding && 'content-encoding',
    'date',
    'content-length',
  ];
  response.setHeader('access-control-expose-headers', exposed.filter(Boolean).join(', '));
}
