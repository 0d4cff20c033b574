/**
 * Set-up of node_modules. Nothing here may import a package: this file runs before there is one.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findOnPath } from './find.mjs';
import { root } from './paths.mjs';

export function nodeModulesStep(need) {
  return {
    need,
    lane: 'node',
    title: 'the npm packages of package-lock.json',
    where: path.join(root, 'node_modules'),
    about: '20 s',
    isThere: async () => isInstalled(root),
    install: async (execute) => {
      if (!findOnPath('npm'))
        throw new Error('npm is not on PATH; it comes with Node.js (https://nodejs.org).');
      // --include=dev: NODE_ENV=production would leave out everything that we need.
      await execute('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root });
    },
  };
}

/**
 * True when node_modules holds what package-lock.json asks for. npm writes down what it installed, in the same
 * form, so that neither a time stamp nor a marker file of ours is needed. Packages for other systems may be absent.
 */
export function isInstalled(folder) {
  const wanted = readPackages(path.join(folder, 'package-lock.json'));
  const installed = readPackages(path.join(folder, 'node_modules/.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([place, info]) => {
    if (place === '' || info.link) return true;
    const found = installed[place];
    if (!found) return Boolean(info.optional || info.devOptional || info.peer);
    return found.version === info.version && found.integrity === info.integrity;
  });
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null;
}
