/**
 * A server that lets any page call it, writes down who did, and answers when the test says so, or at once. It stands for an API that
 * is slow, and for a place where no request should ever arrive.
 */
import { createServer } from 'node:http';

/**
 * @returns {Promise<{ origin: string, port: number, requests: object[], close(): Promise<void> }>}
 *   each request: `{ method, path, headers, closed, answer(status, body), response }`; `response` is Node's own, for
 *   answers in pieces
 */
export async function startListener({ answersAtOnce = false } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader(
      'access-control-allow-headers',
      request.headers['access-control-request-headers'] ?? '',
    );
    if (request.method === 'OPTIONS') return void response.end();
    const { method, url: path, headers } = request;
    const entry = { method, path, headers, closed: false, response };
    entry.answer = (status = 200, body = '{}') => response.writeHead(status).end(body);
    response.once('close', () => {
      entry.closed = true;
    });
    requests.push(entry);
    if (answersAtOnce) entry.answer();
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
