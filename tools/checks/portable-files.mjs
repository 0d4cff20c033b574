/**
 * Nothing in the repository belongs to one machine: no path of a home or a scratch folder, no package registry's
 * address (lock files leave them out, so that everyone's own registry is asked).
 */
import { runAlone } from '../lib/check.mjs';
import { listFiles, problemsAt, readText } from '../lib/files.mjs';

export const name = 'no file names a path of one machine or a package registry';

// Written in pieces, so that this file does not find itself.
const folders = ['work', 'root', 'tmp', 'private/var'].map((folder) => `${folder}/`);
const homes = ['home', 'Users'].map((folder) => `${folder}/[A-Za-z][\\w.-]*/`);
const machinePath = new RegExp(`(?<![\\w.~)}\\]*-])/(?:${[...folders, ...homes].join('|')})`, 'g');
const drivePath = /(?<!\w)[A-Z]:\\{1,2}(?:Users|Windows)\b/g;
const registries = [
  'npmjs.org',
  'yarnpkg.com',
  'npmmirror.com',
  'static.crates.io',
  'index.crates.io',
  'pypi.org',
]
  .map((host) => host.replaceAll('.', '[.]'))
  .join('|');
const registryHost = new RegExp(`//[\\w.-]*(?:${registries})|\\bregistry[.](?:npmjs|yarnpkg)\\b`, 'g');

export function portabilityProblems(root) {
  return listFiles(root).flatMap((file) => {
    const text = readText(root, file);
    if (text === null) return [];
    return [
      ...problemsAt(file, text, machinePath, (match) => `names a path of one machine (${match[0]})`),
      ...problemsAt(file, text, drivePath, (match) => `names a path of one machine (${match[0]})`),
      ...problemsAt(file, text, registryHost, (match) => `names a package registry (${match[0]})`),
      ...(file.endsWith('package-lock.json')
        ? problemsAt(
            file,
            text,
            /"resolved": "https?:/g,
            'has a download address: npm config set omit-lockfile-registry-resolved true',
          )
        : []),
    ];
  });
}

export async function run({ root }) {
  return portabilityProblems(root);
}

await runAlone(import.meta, name, run);
