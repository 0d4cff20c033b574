/**
 * The test app under the policy that SECURITY.md asks for: no inline script, no `eval`, and Trusted Types where the
 * browser has them. A test's functions come as modules of the site's own.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPORTS } from '../../server/csp.mjs';
import { AppPage, PageError } from './app-page.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const STRICT_PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types test-workers',
  "worker-src 'self'",
  'img-src data:',
  `report-uri ${REPORTS}`,
].join('; ');

/** Makes `folder`, which the site serves at /strict/, the app without an import map. */
export async function prepareStrictApp(folder) {
  const app = await readFile(here('../app/app.js'), 'utf8');
  await writeFile(join(folder, 'app.js'), app.replace("'holdfast'", "'/lib/holdfast/index.js'"));
}

/** Listens for violations in the worker, and violates its policy on request. */
export async function watchWorker(folder) {
  const worker = join(folder, 'worker.js');
  const [watch, vault] = await Promise.all([
    readFile(here('./csp-watch.js'), 'utf8'),
    readFile(worker, 'utf8'),
  ]);
  await writeFile(worker, watch + vault);
}

/** A page of that app. */
export class StrictPage extends AppPage {
  #folder;
  #count = 0;

  constructor(page, folder) {
    super(page.driver, page.world);
    this.#folder = folder;
  }

  async run(pageFunction, ...args) {
    const name = `step-${(this.#count += 1)}.js`;
    await writeFile(join(this.#folder, name), `export default ${pageFunction};\n`);
    const { value, error } = await this.driver.executeAsyncScript(
      'const done = arguments[arguments.length - 1]; window.e2e.runModule(arguments[0], arguments[1]).then(done);',
      `/strict/${name}`,
      args,
    );
    if (error) throw new PageError(error);
    return value;
  }
}
