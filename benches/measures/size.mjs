/**
 * 1. What travels before an app can sign somebody in and make a call. Each app of the bench is bundled as for production:
 * minified, tree-shaken, split at dynamic imports.
 */
import { initAssets } from '../../tests/e2e/support/package.mjs';
import { temporaryFolder } from '../../tests/e2e/support/temporary.mjs';
import { sizesOf } from '../../tools/lib/sizes.mjs';
import { bundle, workerFiles } from '../lib/sites.mjs';
import { figure } from '../report/svg.mjs';
import { fewWords } from '../lib/patience.mjs';
import { FLOOR_TOKEN } from '../lib/servers.mjs';

export const name = 'size';
export const title = 'Transfer size';

const config = {
  issuer: 'https://login.example',
  api: 'https://api.example',
  origin: 'https://app.example',
  clientId: 'bench',
  floorToken: FLOOR_TOKEN,
};

/** Why nothing stands on the worker's side, or what does. */
const workers = {
  'holdfast-shared':
    '`worker.js` with the WebAssembly in it, and `escrow.js`; what an app of an extension needs is left out',
  auth0: 'its worker (6 kB) is inside the page side, and counted there',
  axa: '`OidcServiceWorker.js`, minified here; it is published as written',
  asgardeo: 'its worker is inside the page side, and counted there',
};

export async function run({ known }) {
  const assets = await temporaryFolder('bench');
  await initAssets(assets.path);
  const rows = [];
  // The second mode of holdfast's is the same files.
  for (const peer of known.filter(({ name }) => name !== 'holdfast-dedicated')) {
    const row = { peer: peer.name, title: peer.title, version: peer.version };
    rows.push(row);
    try {
      Object.assign(row, await weigh(peer, assets.path));
    } catch (error) {
      row.failure = fewWords(error);
    }
  }
  await assets.remove();
  return { rows };
}

async function weigh(peer, assets) {
  const { scripts } = await bundle(peer, config);
  const files = await workerFiles(peer, { assets, config });
  const onReturn = scripts.filter(({ isStatic, sources }) => !isStatic && sources.includes('callback.js'));
  return {
    page: await sum(scripts.filter(({ isStatic }) => isStatic).map(({ text }) => text)),
    later: await sum(scripts.filter(({ isStatic }) => !isStatic).map(({ text }) => text)),
    worker: await sum(
      Object.entries(files)
        .filter(([place]) => !/extension|Domains/.test(place))
        .map(([, text]) => text),
    ),
    // What holdfast loads of it where the server has sent the browser back.
    ...(peer.package === 'holdfast' && { onReturn: await sum(onReturn.map(({ text }) => text)) }),
    note: workers[peer.name],
  };
}

async function sum(texts) {
  const { transform } = await import('esbuild');
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const text of texts) {
    const { code } = await transform(Buffer.from(text), { minify: true, legalComments: 'none' });
    // What is minified already keeps its own bytes where they are fewer.
    const bytes = code.length < text.length ? Buffer.from(code) : Buffer.from(text);
    const sizes = sizesOf(bytes);
    for (const key of Object.keys(total)) total[key] += sizes[key];
  }
  return total;
}

export function table({ rows }) {
  const onReturn = rows.find((row) => row.onReturn)?.onReturn;
  const cells = ({ raw, gzip, brotli }) => (raw === 0 ? ['-', '-', '-'] : [raw, gzip, brotli]);
  return {
    columns: [
      'Bytes',
      'page: minified',
      'gzip',
      'brotli',
      'later: brotli',
      'worker: minified',
      'gzip',
      'brotli',
    ],
    rows: rows.map(({ title, page, later, worker, failure }) =>
      page ? [title, ...cells(page), later.brotli || '-', ...cells(worker)] : [title, `failed: ${failure}`],
    ),
    notes: [
      'Page: the scripts that the page loads and runs before anything else can happen. It has what the bench adds to each app, which is the row of the bare fetch.',
      'Later: scripts that are loaded when they are needed, all of them together.' +
        (onReturn ? ` Of holdfast's, a sign-in by redirect loads ${figure(onReturn.brotli)} bytes.` : ''),
      ...rows.filter(({ note }) => note).map(({ title, note }) => `${title}: ${note}.`),
    ],
  };
}

export function plot({ rows }) {
  return {
    title: 'Transfer size, brotli',
    unit: 'bytes',
    series: rows
      .filter(({ page }) => page)
      .map(({ title, page, worker }) => ({
        label: title,
        parts: [
          { name: 'page', value: page.brotli },
          { name: 'worker', value: worker.brotli },
        ],
      })),
  };
}
