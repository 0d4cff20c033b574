/**
 * `npm run docs`: builds the documentation site into .cache/docs/dist. `--base /holdfast/` builds it for that path of a
 * host. Any static host will do: the site loads nothing from elsewhere.
 */
import { parseArgs } from 'node:util';
import { readable } from './lib/paths.mjs';
import { buildSite } from './lib/docs-site.mjs';

const { values } = parseArgs({
  options: { base: { type: 'string', default: process.env.HOLDFAST_DOCS_BASE || '/' } },
});
if (!/^\/(?:.*\/)?$/.test(values.base))
  throw new Error(`--base ${values.base}: begin and end it with a slash`);
console.log(`The site is in ${readable(await buildSite(values))}`);
