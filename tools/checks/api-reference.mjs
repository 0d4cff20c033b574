/**
 * Whatever the package exports is explained in its source (TSDoc), and so on a page of the reference: each option,
 * method, event, error code and type, of the package and of its adapters.
 */
import { readApi, undocumented } from '../lib/api-model.mjs';
import { apiPages, missingFrom } from '../lib/api-pages.mjs';
import { runAlone } from '../lib/check.mjs';

export const name = 'everything that the package exports has its words in the reference';

export async function run({ root }) {
  const modules = readApi(root);
  return [...undocumented(modules), ...missingFrom(apiPages(root, modules), modules)];
}

await runAlone(import.meta, name, run);
