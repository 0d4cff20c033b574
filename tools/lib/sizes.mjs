/**
 * Measures the built package, for `npm run size` and for the budget check.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { onDemandFiles } from './on-demand.mjs';
import { root as workspace } from './paths.mjs';

const budgetFile = path.join(workspace, 'tools/checks/budgets.json');

export const readBudgets = () => JSON.parse(readFileSync(budgetFile, 'utf8'));

/** Bytes as they are, and as a server sends them: at the strongest setting, as for files compressed once. */
export function sizesOf(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }).length,
  };
}

/** Rows with a budget first: [{ title, raw, gzip, brotli, budget? }]; then every file of the package. */
export async function measure(root, budgets = readBudgets()) {
  const folder = path.join(root, 'pkg');
  const held = [];
  for (const [title, { entry, bundle, brotliBytes }] of Object.entries(budgets)) {
    const file = path.join(folder, entry);
    held.push({ title, ...sizesOf(bundle ? await bundled(file) : readFileSync(file)), budget: brotliBytes });
  }
  const files = readdirSync(folder, { recursive: true })
    .map((file) => String(file).replaceAll(path.sep, '/'))
    .filter((file) => !path.basename(file).startsWith('.') && statSync(path.join(folder, file)).isFile())
    .sort();
  return [
    ...held,
    ...files.map((file) => ({ title: file, ...sizesOf(readFileSync(path.join(folder, file))) })),
  ];
}

/** What an app's bundler makes of the entry: one minified module. */
async function bundled(file) {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    // Loaded on demand, with budgets of their own.
    external: onDemandFiles,
    write: false,
    logLevel: 'silent',
  });
  return Buffer.from(result.outputFiles[0].contents);
}

export function overBudget(rows) {
  return rows
    .filter(({ brotli, budget }) => budget !== undefined && brotli > budget)
    .map(
      ({ title, brotli, budget }) =>
        `${title}: ${brotli} bytes of brotli, ${brotli - budget} over the budget of ${budget}`,
    );
}
