/** A world whose app can be deployed anew under open tabs: the page's code, worker.js and escrow.js change together. */
import assert from 'node:assert/strict';
import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onDemandFiles } from '../../../tools/lib/on-demand.mjs';
import { packageFolder } from './package.mjs';
import { temporaryFolder } from './temporary.mjs';
import { startWorld } from './world.mjs';

const VERSION = /\d+\.\d+\.\d+\+[\w-]+/;
const appPage = fileURLToPath(new URL('../app/index.html', import.meta.url));

/** `startWorld`, with `firstVersion` and `deploy(version)`. */
export async function startDeployedApp(settings) {
  const library = await temporaryFolder();
  for (const file of ['./index.js', ...onDemandFiles])
    await cp(join(packageFolder, file), join(library.path, file));
  const source = await readFile(appPage, 'utf8');
  await writeFile(join(library.path, 'app.html'), source.replace('/lib/holdfast/', '/deployed/'));
  let assets;
  const world = await startWorld({
    ...settings,
    page: '/deployed/app.html',
    roots: [{ prefix: '/deployed/', directory: library.path }],
    prepareAssets: async (folder) => void (assets = folder),
  });
  const [firstVersion] = VERSION.exec(await readFile(join(library.path, 'index.js'), 'utf8'));
  return {
    ...world,
    firstVersion,
    /** Every copy of the version becomes another one. */
    async deploy(version) {
      for (const file of [join(library.path, 'index.js'), join(assets, 'worker.js')]) {
        const text = await readFile(file, 'utf8');
        const changed = text.replaceAll(new RegExp(VERSION, 'g'), version);
        assert.ok(changed !== text, `${file} names no version, or this one`);
        await writeFile(file, changed);
      }
      await appendFile(join(assets, 'escrow.js'), '\n');
    },
    async close() {
      await world.close();
      await library.remove();
    },
  };
}
