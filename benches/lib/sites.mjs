/**
 * Bundles the apps as a production build does, and serves each on an origin of its own: http://localhost:<port>/, while
 * the servers are on http://127.0.0.1:<port>: another site. Scripts with a hash in their names are cached for good, all else
 * is asked for anew (`ETag`), as a well-kept host has it.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { initAssets, packageFolder } from '../../tests/e2e/support/package.mjs';
import { freePort } from '../../tests/e2e/support/program.mjs';
import { temporaryFolder } from '../../tests/e2e/support/temporary.mjs';
import { workerCsp } from '../../tests/server/csp.mjs';
import { listen } from '../../tests/server/listen.mjs';
import { root } from '../../tools/lib/paths.mjs';
import { fewWords } from './patience.mjs';
import { FLOOR_TOKEN } from './servers.mjs';

const folder = path.join(root, 'benches');
const types = { '.js': 'text/javascript; charset=utf-8', '.html': 'text/html; charset=utf-8' };

/** Gives each peer the origin at which its app will be served. */
export async function withOrigins(peers) {
  const placed = [];
  // One after the other: a port that is free twice would be given twice.
  const ports = new Set();
  for (const peer of peers) {
    let port = await freePort();
    while (ports.has(port)) port = await freePort();
    ports.add(port);
    const origin = `http://localhost:${port}`;
    placed.push({ ...peer, version: peer.version, port, origin, url: `${origin}/` });
  }
  return placed;
}

/**
 * @param {object} options
 * @param {object[]} options.peers with origins
 * @param {object} options.servers what startServers gives
 * @returns {Promise<{ requests: { peer: string, path: string, at: number }[], leftOut: Record<string, string>, close(): Promise<void> }>}
 */
export async function startSites({ peers, servers }) {
  const requests = [];
  const assets = await temporaryFolder('bench');
  await initAssets(assets.path);
  const sites = [];
  const leftOut = {};
  const head = { first: '' };
  for (const peer of peers) {
    const config = {
      issuer: servers.issuerOf(peer),
      api: servers.api,
      origin: peer.origin,
      clientId: peer.clientId,
      floorToken: FLOOR_TOKEN,
      settings: peer.appSettings ?? {},
    };
    let files;
    try {
      files = await filesOf(peer, config, assets.path);
    } catch (error) {
      // One library that can't be bundled is no reason for the others not to be measured.
      leftOut[peer.name] = fewWords(error);
      continue;
    }
    const note = (pathname) => requests.push({ peer: peer.name, path: pathname, at: Date.now() });
    sites.push(await listen(answer(files, note, head), { port: peer.port, host: 'localhost' }));
  }
  return {
    /** What the sites were asked for. */
    requests,
    /** Whose app could not be built, and why. */
    leftOut,
    /** What stands first in every page from now on; nothing by default. */
    putFirst(html = '') {
      head.first = html;
    },
    async close() {
      await Promise.all(sites.map((site) => site.close()));
      await assets.remove();
    },
  };
}

/**
 * The app's own scripts, minified, tree-shaken and split at dynamic imports.
 *
 * @returns {Promise<{ entry: string, scripts: { name: string, text: Uint8Array, isEntry: boolean, isStatic: boolean, sources: string[] }[] }>}
 */
export async function bundle(peer, config) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(folder, 'apps', `${appOf(peer)}.mjs`)],
    entryNames: 'app-[hash]',
    chunkNames: 'part-[hash]',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    metafile: true,
    write: false,
    outdir: folder,
    absWorkingDir: folder,
    logLevel: 'error',
    legalComments: 'none',
    alias: { holdfast: path.join(packageFolder, 'index.js') },
    define: { CONFIG: JSON.stringify(config), 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  });
  const entries = Object.entries(metafile.outputs).filter(([, output]) =>
    output.entryPoint?.endsWith(`${appOf(peer)}.mjs`),
  );
  const entry = path.basename(entries[0][0]);
  const scripts = outputFiles.map(({ path: file, contents }) => ({
    name: path.basename(file),
    text: contents,
    isEntry: path.basename(file) === entry,
    sources: Object.keys(metafile.outputs[path.basename(file)]?.inputs ?? {}).map((source) =>
      path.basename(source),
    ),
    isStatic: path.basename(file) === entry || isStaticImport(metafile, entry, path.basename(file)),
  }));
  return { entry, scripts };
}

const appOf = (peer) => peer.variantOf ?? peer.name;

/** Whether a script comes with the entry, and not when it is asked for. */
function isStaticImport({ outputs }, entry, name) {
  const todo = [entry];
  for (const each of todo) {
    for (const { path: imported, kind } of outputs[each]?.imports ?? []) {
      const file = path.basename(imported);
      if (kind === 'import-statement' && !todo.includes(file)) todo.push(file);
    }
  }
  return todo.includes(name);
}

/** The files of a library that run outside of the page, by the path at which they are served. */
export async function workerFiles(peer, { assets, config }) {
  if (peer.package === 'holdfast') {
    const names = (await readdir(assets)).filter((name) => name.endsWith('.js'));
    return Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [`/holdfast/${name}`, await readFile(path.join(assets, name))]),
      ),
    );
  }
  if (appOf(peer) === 'axa') {
    const dist = path.join(folder, 'node_modules/@axa-fr/oidc-client-service-worker/dist');
    const domains = { default: { oidcDomains: [config.issuer], accessTokenDomains: [config.api] } };
    return {
      '/OidcServiceWorker.js': await readFile(path.join(dist, 'OidcServiceWorker.js')),
      '/OidcTrustedDomains.js': Buffer.from(`const trustedDomains = ${JSON.stringify(domains)};\n`),
    };
  }
  return {};
}

async function filesOf(peer, config, assets) {
  const { entry, scripts } = await bundle(peer, config);
  const head = path.join(folder, 'apps', `${appOf(peer)}.head.html`);
  const hints = existsSync(head) ? await readFile(head, 'utf8') : '';
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${peer.name}</title>
<link rel="icon" href="data:,">
${hints}<script type="module" src="/${entry}"></script>
</head>
<body><h1>${peer.title}</h1></body>
</html>
`;
  const files = new Map([['/', file('index.html', Buffer.from(page))]]);
  for (const { name, text } of scripts)
    files.set(`/${name}`, file(name, Buffer.from(text), { forGood: true }));
  const csp = workerCsp({ issuer: config.issuer, apiOrigins: [config.api] }).replace(/; report-uri.*/, '');
  for (const [place, text] of Object.entries(await workerFiles(peer, { assets, config }))) {
    files.set(place, file(place, text, { csp: peer.package === 'holdfast' ? csp : undefined }));
  }
  return files;
}

function file(name, content, { forGood = false, csp } = {}) {
  return {
    content,
    headers: {
      'Content-Type': types[path.extname(name)] ?? 'application/octet-stream',
      'Content-Length': content.length,
      'Cache-Control': forGood ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Timing-Allow-Origin': '*',
      ETag: `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`,
      ...(csp && { 'Content-Security-Policy': csp }),
    },
  };
}

function withFirst({ content }, html) {
  // A function: a dollar sign in the text means nothing.
  return file('index.html', Buffer.from(content.toString().replace('<head>', () => `<head>\n${html}`)));
}

function answer(files, note, head) {
  return (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    note(pathname);
    // Every path without a dot is the app's: /callback, too.
    const page = () => (head.first ? withFirst(files.get('/'), head.first) : files.get('/'));
    const isPage = pathname === '/' || (!files.has(pathname) && !pathname.includes('.'));
    const found = isPage ? page() : files.get(pathname);
    if (!found) return response.writeHead(404).end();
    if (request.headers['if-none-match'] === found.headers.ETag) {
      const { 'Content-Length': length, ...headers } = found.headers;
      return response.writeHead(304, headers).end();
    }
    return response.writeHead(200, found.headers).end(found.content);
  };
}
