/**
 * Packs pkg/ as npm would publish it, and unpacks the tarball: the demo and the tests use what users get, and nothing
 * else of the workspace.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, scratch } from './lib/paths.mjs';
import { ask } from './lib/process.mjs';

const folder = path.join(scratch, 'pack');

/** The tarball that {@link packPackage} leaves. */
export const tarball = path.join(folder, 'holdfast.tgz');

/** What pkg/ was built from, as the build leaves it, and as it was when pkg/ was packed. */
const built = path.join(root, 'pkg/.built-from');
const packedFrom = path.join(folder, '.packed-from');

/**
 * Packs and unpacks, where pkg/ is another than last time: somebody may be using what is there. Resolves to the folder
 * of the unpacked package.
 */
export async function packPackage() {
  const isSame = [built, packedFrom].every((file) => existsSync(file));
  if (isSame && readFileSync(built, 'utf8') === readFileSync(packedFrom, 'utf8')) {
    return path.join(folder, 'package');
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const answer = await ask(
    'npm',
    [
      'pack',
      path.join(root, 'pkg'),
      '--pack-destination',
      folder,
      '--ignore-scripts',
      '--loglevel=error',
      '--json',
    ],
    { cwd: root },
  );
  if (answer === null) throw new Error('npm pack failed; has the package been built (npm run build)?');
  const parsed = JSON.parse(answer);
  const [packed] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  renameSync(path.join(folder, path.basename(packed.filename)), tarball);
  if ((await ask('tar', ['-xzf', tarball, '-C', folder], { cwd: root })) === null) {
    throw new Error('tar could not unpack the package');
  }
  copyFileSync(built, packedFrom);
  return path.join(folder, 'package');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await packPackage());
}
