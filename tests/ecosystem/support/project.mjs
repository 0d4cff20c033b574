/**
 * A real project for a test: an example's or a test's own files in a folder of their own, with the packed tarball and
 * whatever else its package.json names installed by npm.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, scratch } from '../../../tools/lib/paths.mjs';
import { run } from '../../../tools/lib/process.mjs';
import { directEnvironment } from '../../e2e/support/program.mjs';

const tarball = path.join(scratch, 'pack/holdfast.tgz');

/**
 * Lays a project out in the scratch folder, anew but for its node_modules, and installs what is not there yet.
 *
 * @param {string} name of the scratch folder; one test file at a time may use it
 * @param {object} settings
 * @param {string} settings.from the folder with the project's files, from the workspace's top
 * @param {Record<string, string>} [settings.files] files to write over those, by path: the configuration, for example
 * @param {Record<string, string>} [settings.dependencies] versions to take instead of those in its package.json
 * @returns {Promise<{ folder: string, run(command: string, args: string[], options?: object): Promise<string> }>} `run`
 *   finds the project's own programs, answers the output, and throws with its end where the program fails
 */
export async function layOutProject(name, { from, files = {}, dependencies = {} }) {
  const folder = path.join(scratch, 'ecosystem', name);
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) {
    if (!['node_modules', '.installed-from'].includes(entry)) {
      rmSync(path.join(folder, entry), { recursive: true, force: true });
    }
  }
  cpSync(path.join(root, from), folder, {
    recursive: true,
    filter: (source) => !source.split(path.sep).includes('node_modules'),
  });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  await install(folder, dependencies);
  return {
    folder,
    async run(command, args, options = {}) {
      const own = path.join(folder, 'node_modules/.bin');
      const env = directEnvironment({ PATH: `${own}${path.delimiter}${process.env.PATH}`, ...options.env });
      const { output } = await run(command, args, { timeoutSeconds: 300, ...options, cwd: folder, env });
      return output.join('\n');
    },
  };
}

/** What npm installed stays for the next run, as long as the package.json and the tarball are the same. */
async function install(folder, dependencies) {
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  for (const kind of ['dependencies', 'devDependencies']) {
    for (const [name, version] of Object.entries(dependencies)) {
      if (manifest[kind]?.[name]) manifest[kind][name] = version;
    }
  }
  manifest.dependencies = { ...manifest.dependencies, holdfast: `file:${tarball}` };
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  const stamp = path.join(folder, '.installed-from');
  const digest = createHash('sha256').update(readFileSync(file)).update(readFileSync(tarball)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) {
    // What `npm install` would do at its end: it copies worker.js and escrow.js.
    if (manifest.scripts?.prepare) await run('npm', ['run', 'prepare', '--silent'], { cwd: folder });
    return;
  }
  rmSync(stamp, { force: true });
  rmSync(path.join(folder, 'node_modules/holdfast'), { recursive: true, force: true });
  // Without a lock file: it would pin the tarball of the last run.
  const quietly = ['--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const { seconds } = await run('npm', ['install', '--include=dev', '--fetch-retries=4', ...quietly], {
    cwd: folder,
    timeoutSeconds: 300,
  });
  console.log(`${path.basename(folder)}: npm install: ${seconds.toFixed(1)} s`);
  writeFileSync(stamp, digest);
}
