/**
 * The package under test: the unpacked tarball that `tools/pack.mjs` leaves in the scratch folder, never the sources.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scratch } from '../../../tools/lib/paths.mjs';

/** The folder of the package, as an app finds it in node_modules. */
export const packageFolder = join(scratch, 'pack', 'package');

function requirePackage() {
  if (!existsSync(join(packageFolder, 'package.json'))) {
    throw new Error('The packed package is missing; `npm run build` and `node tools/pack.mjs` make it');
  }
}

/** Makes the folder of static files with the package's own command, as an app would: `npx holdfast init <folder>`. */
export async function initAssets(folder) {
  requirePackage();
  await promisify(execFile)(process.execPath, [join(packageFolder, 'bin', 'holdfast.mjs'), 'init', folder]);
}
