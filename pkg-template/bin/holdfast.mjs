#!/usr/bin/env node
/**
 * `npx holdfast init <folder>`: copies the files that an app has to serve from its own origin.
 * `npx holdfast init --extension <folder>`: copies those of an extension that is made without a bundler.
 * With `--check` it fails where the copies are not those of the installed package.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
const flags = ['--check', '--extension'];
const isExtension = process.argv.includes('--extension');
const assets = isExtension
  ? ['extension.js', 'extension-background.js', 'extension-worker.js', 'diagnose.js']
  : ['worker.js', 'escrow.js'];

const usage = `holdfast ${version}

  holdfast init <folder>           copy worker.js and escrow.js into a folder that your app serves,
                                   for example: npx holdfast init public/holdfast
  holdfast init --extension <folder>
                                   copy what an extension without a bundler imports
  holdfast init <folder> --check   fail where the copies are missing or of another version

Then name the folder's URL:  createAuthClient({ assetsUrl: '/holdfast/', ... })
Run it again after each update of holdfast; the package.json script "prepare" is a good place.
`;

const [command, ...rest] = process.argv.slice(2);
const folders = rest.filter((argument) => !argument.startsWith('--'));
const unknown = rest.filter((argument) => argument.startsWith('--') && !flags.includes(argument));

if (command === '--version') {
  console.log(version);
} else if (command === undefined || command === '--help' || command === 'help') {
  console.log(usage);
} else if (command !== 'init' || folders.length !== 1 || unknown.length > 0) {
  console.error(usage);
  process.exitCode = 2;
} else if (rest.includes('--check')) {
  check(folders[0]);
} else {
  copy(folders[0]);
}

function copy(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of assets) {
    copyFileSync(path.join(packageFolder, file), path.join(folder, file));
    console.log(`${path.join(folder, file)} (holdfast ${version})`);
  }
  if (isExtension) return;
  console.log(`
Serve both with a Content-Security-Policy of their own, so that tokens can go nowhere else:
  default-src 'none'; script-src 'wasm-unsafe-eval';
  connect-src 'self' https://escrow.invalid <your authorization server> <your APIs>`);
}

function check(folder) {
  for (const file of assets) {
    const target = path.join(folder, file);
    const isCurrent =
      existsSync(target) && readFileSync(target).equals(readFileSync(path.join(packageFolder, file)));
    if (!isCurrent) {
      console.error(
        `${target} is not the file of holdfast ${version}: run \`npx holdfast init${isExtension ? ' --extension' : ''} ${folder}\``,
      );
      process.exitCode = 1;
    }
  }
}
