/** Answers of the hostile world's servers: made well, changed by a mutation, and sent. */
import { once } from 'node:events';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {any} [json]  the body, as what is written in JSON
 * @property {string | Buffer} [body]  the body as it is; comes before `json`
 * @property {(response: import('node:http').ServerResponse) => unknown} [send]  sends all by itself
 */

/** @returns {Answer} */
export const jsonAnswer = (json, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  json,
});

/** @returns {Answer} */
export const redirection = (location, status = 302) => ({ status, headers: { location } });

/** What lets a page of another origin see the answer, and send a proof. */
export function corsFor(request) {
  const { origin } = request.headers;
  if (!origin) return {};
  const asked = request.headers['access-control-request-headers'];
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'DPoP-Nonce, Retry-After, WWW-Authenticate, Date',
    ...(asked && {
      'access-control-allow-headers': asked,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    }),
  };
}

/** Sends an answer as it has become. */
export function sendAnswer(response, { status, headers, json, body, send }) {
  if (send) return send(response);
  const bytes = Buffer.from(body ?? (json === undefined ? '' : JSON.stringify(json)));
  // Headers beyond Latin-1, and with what no header may have, are for `send`.
  return response.writeHead(status, headers).end(bytes);
}

export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Ways to send an answer that are not good manners. */
export const badManners = {
  /** The connection breaks in the middle of the body. */
  cut: (answer) => ({
    ...answer,
    send: (response) => {
      const body = Buffer.from(answer.body ?? JSON.stringify(answer.json));
      response.writeHead(answer.status, { ...answer.headers, 'transfer-encoding': 'chunked' });
      response.write(body.subarray(0, body.length / 2), () => response.socket.destroy());
    },
  }),
  /** The connection breaks before the first byte. */
  lost: () => ({ send: (response) => response.socket.destroy() }),
  /** Nothing comes, and the connection stays open. */
  silent: () => ({ send: () => {} }),
  /** A byte now and then, for ever. */
  dripping: (answer) => ({
    ...answer,
    send: async (response) => {
      response.writeHead(answer.status, answer.headers);
      const timer = setInterval(() => response.write(' '), 50);
      await once(response, 'close');
      clearInterval(timer);
    },
  }),
};
