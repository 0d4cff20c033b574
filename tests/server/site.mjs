/**
 * A static file server for the demo and the tests, with Content-Security-Policies. No dependency, no cleverness: it
 * reads each file when asked, so an edited page shows at the next reload.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { allowInlineScripts, REPORTS } from './csp.mjs';
import { listen } from './listen.mjs';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/**
 * @param {object} options
 * @param {number} [options.port] 0 for a free one
 * @param {string} [options.host]
 * @param {{ prefix: string, directory: string }[]} options.roots the longest prefix that fits is asked first
 * @param {string | (() => string)} [options.pageCsp] sent with HTML; hashes of inline scripts are added to script-src
 * @param {string | ((pathname: string) => string)} [options.workerCsp] sent with worker scripts
 * @param {(pathname: string) => boolean} [options.isWorker] which files those are
 * @param {Record<string, object | (() => object)>} [options.json] answers made by the caller, by path
 * @param {Record<string, (told: unknown) => object>} [options.actions] what the site's own page may start or tell, by path: by POST,
 *   with JSON or nothing in it
 * @param {Record<string, (send: (message: object) => void) => () => void>} [options.streams] server-sent events, by path; the
 *   function that comes back is called when the page is gone
 * @param {(report: object) => void} [options.onCspReport] told what a browser reports of a policy that was violated
 * @param {string} [options.spaFallback] the page for addresses that are no file, such as /notes
 * @returns {Promise<{ origin: string, port: number, close(): Promise<void> }>}
 *   functions among the options are called for each request, so they may use addresses that are not yet known here
 */
export async function startSite({
  port = 5173,
  host = 'localhost',
  roots,
  pageCsp,
  workerCsp,
  isWorker = (pathname) => pathname.startsWith('/holdfast/') || /\/(worker|escrow)[^/]*\.js$/.test(pathname),
  json = {},
  actions = {},
  streams = {},
  onCspReport,
  spaFallback,
}) {
  const byLength = [...roots].sort((a, b) => b.prefix.length - a.prefix.length);

  async function answer(request, response) {
    const pathname = decodedPath(request.url);
    if (pathname === null) return send(response, 400, 'text/plain', 'Bad request');
    if (request.method === 'POST' && Object.hasOwn(actions, pathname)) {
      // Pages of other sites can send a POST here, too, but not in this site's name.
      if (request.headers.origin !== server.origin)
        return send(response, 403, 'text/plain', 'Not from there');
      return send(
        response,
        200,
        types['.json'],
        JSON.stringify(actions[pathname](await jsonIn(request)) ?? {}),
      );
    }
    if (request.method === 'POST' && pathname === REPORTS && onCspReport) {
      onCspReport(await jsonIn(request));
      return send(response, 200, 'text/plain', '');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return send(response, 405, 'text/plain', 'This site is for reading');
    }
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    // Not "no-store": that would keep pages out of the browser's back/forward cache.
    response.setHeader('Cache-Control', 'no-cache');
    if (Object.hasOwn(json, pathname))
      return send(response, 200, types['.json'], JSON.stringify(call(json[pathname])));

    if (Object.hasOwn(streams, pathname)) return stream(request, response, streams[pathname]);
    const file = await findFile(byLength, pathname);
    if (file) return sendFile(response, file, pathname);
    const wantsPage = (request.headers.accept ?? '').includes('text/html') && !path.extname(pathname);
    const fallback = spaFallback && wantsPage ? await findFile(byLength, spaFallback) : null;
    if (fallback) return sendFile(response, fallback, spaFallback);
    return send(response, 404, 'text/plain; charset=utf-8', `There is no ${pathname} here`);
  }

  function sendFile(response, { name, content }, pathname) {
    const type = types[path.extname(name).toLowerCase()] ?? 'application/octet-stream';
    if (type.startsWith('text/html') && pageCsp) {
      response.setHeader('Content-Security-Policy', allowInlineScripts(call(pageCsp), content.toString()));
    } else if (workerCsp && isWorker(pathname)) {
      response.setHeader('Content-Security-Policy', call(workerCsp, pathname));
    }
    send(response, 200, type, content);
  }

  const server = await listen(
    (request, response) => {
      answer(request, response).catch((error) => {
        console.error('site:', error);
        if (response.headersSent) response.destroy();
        else send(response, 500, 'text/plain', 'Internal error');
      });
    },
    { port, host },
  );
  return { origin: server.origin, port: server.port, close: () => server.close() };
}

/** What a browser says of a violation, or a page tells; of what is no JSON, its text. */
async function jsonIn(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 100_000) break;
  }
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return { unreadable: text };
  }
}

function stream(request, response, start) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  const stop = start((message) => response.write(`data: ${JSON.stringify(message)}\n\n`));
  response.once('close', stop);
}

function call(valueOrFunction, ...args) {
  return typeof valueOrFunction === 'function' ? valueOrFunction(...args) : valueOrFunction;
}

function decodedPath(requestUrl) {
  try {
    const decoded = decodeURIComponent(new URL(requestUrl, 'http://site').pathname);
    return decoded.includes('\0') || decoded.includes('\\') ? null : decoded;
  } catch {
    return null;
  }
}

/** @returns {Promise<{ name: string, content: Buffer } | null>} never a file outside the root's directory */
async function findFile(roots, pathname) {
  for (const { prefix, directory } of roots) {
    if (!pathname.startsWith(prefix)) continue;
    const base = path.resolve(directory);
    const rest = pathname.slice(prefix.length);
    const name = path.resolve(base, `./${rest}`, rest === '' || rest.endsWith('/') ? 'index.html' : '');
    if (!name.startsWith(base + path.sep)) continue;
    try {
      return { name, content: await readFile(name) };
    } catch (error) {
      if (!['ENOENT', 'EISDIR', 'ENOTDIR'].includes(error.code)) throw error;
    }
  }
  return null;
}

function send(response, status, type, body) {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}
