/**
 * The documentation site can be put together: its sidebar names every page of docs/ and no other, and what the pages
 * need is there. It is built and opened by tests/ecosystem/docs.test.mjs.
 */
import { runAlone } from '../lib/check.mjs';
import { assemble } from '../lib/docs-site.mjs';

export const name = 'every page of docs/ has its place in the site';

export async function run({ root }) {
  try {
    assemble(root);
    return [];
  } catch (error) {
    return [error.message];
  }
}

await runAlone(import.meta, name, run);
