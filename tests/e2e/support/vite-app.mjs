/**
 * A tiny app as a user of Vite would have it: the test page's scripts, the package in its node_modules, and the package's
 * files in public/holdfast. Built for production, and served by Vite's own development server.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vite';
import { startSite } from '../../server/site.mjs';
import { initAssets, packageFolder } from './package.mjs';
import { temporaryFolder } from './temporary.mjs';

const appFolder = fileURLToPath(new URL('../app', import.meta.url));

/**
 * @param {{ developmentPort: number, productionPort: number, workerCsp: string }} options
 * @returns {Promise<{ distribution: string, close(): Promise<void> }>}
 */
export async function startViteApp({ developmentPort, productionPort, workerCsp }) {
  const folder = await temporaryFolder();
  const root = folder.path;
  const closers = [() => folder.remove()];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    await layOut(root);
    const shared = { root, configFile: false, logLevel: 'error', cacheDir: join(root, 'cache') };
    const distribution = join(root, 'dist');
    await build({ ...shared, build: { outDir: distribution, emptyOutDir: true } });
    const production = await startSite({
      port: productionPort,
      roots: [{ prefix: '/', directory: distribution }],
      spaFallback: '/index.html',
      workerCsp,
    });
    closers.push(() => production.close());

    const development = await createServer({
      ...shared,
      server: { host: 'localhost', port: developmentPort, strictPort: true },
    });
    closers.push(() => development.close());
    await development.listen();
    return { distribution, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function layOut(root) {
  const page = await readFile(join(appFolder, 'index.html'), 'utf8');
  // The bundler finds the package by itself.
  await writeFile(join(root, 'index.html'), page.replace(/<script type="importmap">[^]*?<\/script>/, ''));
  for (const name of ['app.js', 'bridge.js']) await cp(join(appFolder, name), join(root, name));
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ name: 'tiny-app', private: true, type: 'module', dependencies: { holdfast: '*' } }),
  );
  await mkdir(join(root, 'node_modules'));
  await cp(packageFolder, join(root, 'node_modules', 'holdfast'), { recursive: true });
  await initAssets(join(root, 'public', 'holdfast'));
}
