/**
 * A server that lets any page call it, writes down who did, and answers when the test says so, or at once. It stands for an API that
 * is slow, and for a place where no request should ever arrive.
 */
import { createServer } from 'node:http';

/**
 * @param {{ answersAtOnce?: true | ((entry: object) => void) }} [settings] a function answers in its own way, or not at all
 * @returns {Promise<{ origin: string, port: number, requests: object[], close(): Promise<void> }>}
 *   each request: `{ method, path, headers, closed, answer(status, body), request, response }`; the last two are
 *   Node's own, for bodies in pieces
 */
export async function startListener({ answersAtOnce = () => {} } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader(
      'access-control-allow-headers',
      request.headers['access-control-request-headers'] ?? '',
    );
    const method = request.headers['access-control-request-method'];
    if (method) response.setHeader('access-control-allow-methods', method);
    if (request.method === 'OPTIONS') return void response.end();
    const { url: path, headers } = request;
    const entry = { method: request.method, path, headers, closed: false, request, response };
    entry.answer = (status = 200, body = '{}') => response.writeHead(status).end(body);
    response.once('close', () => {
      entry.closed = true;
    });
    requests.push(entry);
    if (answersAtOnce === true) entry.answer();
    else answersAtOnce(entry);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
