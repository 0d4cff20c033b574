/** The files of the app that every bundler builds: shared sources, settings that fit the servers, a page. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from '../../../../tools/lib/files.mjs';
import { root } from '../../../../tools/lib/paths.mjs';
import { exampleSettings } from '../../support/example.mjs';

const here = 'tests/ecosystem/bundlers';

/** Where a bundler's own files are. */
export const folderOf = (name) => path.posix.join(here, name);

/**
 * The texts of the files by their paths in the project; what is in the bundler's own folder stays as it is there.
 *
 * @param {object} world
 * @param {string} name of the bundler's folder
 * @param {{ file: string, script?: string, head?: string }} [page] where the page goes, and what it loads where the
 *   bundler does not say it
 */
export function appFiles(world, name, page) {
  const shared = listFiles(root, { under: [`${here}/app/src`] })
    .map((source) => [path.posix.relative(`${here}/app`, source), source])
    .filter(([file]) => !existsSync(path.join(root, folderOf(name), file)))
    .map(([file, source]) => [file, readFileSync(path.join(root, source), 'utf8')]);
  return {
    ...Object.fromEntries(shared),
    'src/settings.js': exampleSettings(world),
    ...(page && { [page.file]: html(page) }),
  };
}

const html = ({ script, head = '' }) =>
  readFileSync(path.join(root, here, 'app/index.html'), 'utf8')
    .replace(/.*SCRIPT.*\n/, (line) => (script ? line.replace('SCRIPT', script) : ''))
    .replace('<title>', `${head}<title>`);
