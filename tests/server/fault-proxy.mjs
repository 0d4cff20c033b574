/**
 * Stands between the browser and one server, and breaks what HTTP itself can't: a request dies on its way, an answer is
 * lost or cut in half, or never comes, connections are refused. Everything else passes unchanged.
 *
 *     proxy.faults.push({ name: 'lost', lose: 'request' })   // the next refresh never arrives
 *     proxy.faults.push({ name: 'cut', lose: 'half' })       // processed; half of the answer arrives
 *     proxy.always = { name: '503', answer: { status: 503 } } // each refresh that no queued fault is for
 *     await proxy.refuse(); await proxy.accept();             // closes the listening socket; opens it at the same port
 *
 * `lose`: 'request' (closed unanswered, not forwarded), 'answer' (forwarded, closed unanswered), 'half', 'request in
 * silence' and 'answer in silence' (the same, but the connection stays open). `answer` is given instead of forwarding;
 * `change` rewrites the body of the server's own answer.
 */
import http from 'node:http';
import { listen } from './listen.mjs';

/**
 * @param {{ port?: number, host?: string, isFaulty?: (form: URLSearchParams) => boolean }} [options]  `isFaulty`: the
 *   POSTs that faults are for; the refreshes by default
 * @returns what the example has, and `requests`: `{ form, fault, status, body, at }` for each request that faults are for,
 *   `status` and `body` being the server's own or the fault's answer
 */
export async function startFaultProxy({ port = 0, host = '127.0.0.1', isFaulty = isRefresh } = {}) {
  let target;
  let server = await listen(handle, { port, host });
  const { origin, port: actualPort } = server;
  const proxy = {
    origin,
    requests: [],
    faults: [],
    always: undefined,
    /** Where requests go, from now on. */
    forwardTo(newTarget) {
      target = new URL(newTarget);
    },
    /** From now on, nobody listens. */
    async refuse() {
      await server?.close();
      server = undefined;
    },
    async accept() {
      server ??= await listen(handle, { port: actualPort, host });
    },
    close: () => proxy.refuse(),
  };
  return proxy;

  async function handle(request, response) {
    try {
      await pass(request, response);
    } catch {
      // The server is gone, or the browser is: the other one sees it as a broken connection.
      request.socket.destroy();
    }
  }

  async function pass(request, response) {
    const body = await readAll(request);
    const form = new URLSearchParams(request.method === 'POST' ? body.toString() : '');
    const fault = isFaulty(form) ? (proxy.faults.shift() ?? proxy.always) : undefined;
    const entry = { form, fault: fault?.name, status: null, body: null, at: performance.now() };
    if (isFaulty(form)) proxy.requests.push(entry);

    const lost = fault?.lose?.split(' ');
    if (lost?.[0] === 'request') return lose(request, lost);
    const answer = fault?.answer ? madeUp(request, fault.answer) : await forward(target, request, body);
    if (fault?.change) change(answer, fault.change);
    Object.assign(entry, { status: answer.status, body: answer.body });
    if (lost?.[0] === 'answer') return lose(request, lost);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
    if (lost?.[0] !== 'half') return response.end(answer.body);
    const half = answer.body.subarray(0, answer.body.length / 2);
    return response.write(half, () => request.socket.destroy());
  }
}

const isRefresh = (form) => form.get('grant_type') === 'refresh_token';

function lose(request, [, inSilence]) {
  if (!inSilence) request.socket.destroy();
}

function forward(target, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const { hostname, port, host } = target;
    const options = { hostname, port, method, path: url, headers: { ...headers, host }, agent: false };
    const outgoing = http.request(options, async (incoming) => {
      const { connection, 'transfer-encoding': coding, ...rest } = incoming.headers;
      resolve({ status: incoming.statusCode, headers: rest, body: await readAll(incoming) });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function madeUp(request, { status, headers, body = '' }) {
  const crossOrigin = {
    'access-control-allow-origin': request.headers.origin ?? '*',
    'access-control-expose-headers': 'Retry-After',
  };
  return { status, headers: { ...crossOrigin, ...headers }, body: Buffer.from(body) };
}

function change(answer, rewrite) {
  answer.body = Buffer.from(JSON.stringify(rewrite(JSON.parse(answer.body))));
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
