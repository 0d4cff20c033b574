/**
 * `npm run docs`: builds the documentation site into .cache/docs/dist. `--base /holdfast/` builds it for that path of a
 * host. Any static host will do: the site loads nothing from elsewhere.
 */
import { parseArgs } from 'node:util';
import { readable } from './lib/paths.mjs';
import { ensureSetup } from './setup.mjs';

const { values } = parseArgs({
  options: { base: { type: 'string', default: process.env.HOLDFAST_DOCS_BASE || '/' } },
});
if (!/^\/(?:.*\/)?$/.test(values.base))
  throw new Error(`--base ${values.base}: begin and end it with a slash`);
await ensureSetup(['node']);
const { buildSite } = await import('./lib/docs-site.mjs'); // needs what the set-up may just have installed
console.log(`The site is in ${readable(await buildSite(values))}`);
