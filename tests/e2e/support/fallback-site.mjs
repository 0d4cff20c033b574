/**
 * A site that answers every unknown address with its start page and status 200, as many hosts of single-page apps do:
 * a worker file that was never copied there comes back as HTML.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from './package.mjs';

const appFolder = fileURLToPath(new URL('../app', import.meta.url));

/** @returns {Promise<{ siteOrigin: string, close(): Promise<void> }>} */
export async function startFallbackSite() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://site').pathname);
    const file = path.startsWith('/lib/holdfast/')
      ? join(packageFolder, path.slice('/lib/holdfast/'.length))
      : join(appFolder, path);
    const script = path.endsWith('.js') && (await readFile(file).catch(() => undefined));
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script || (await readFile(join(appFolder, 'index.html'))));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    siteOrigin: `http://localhost:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
