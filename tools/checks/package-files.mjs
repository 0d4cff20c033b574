/**
 * The tarball holds exactly the files of packed-files.json: nothing forgotten, nothing that slipped in.
 * After a change that was meant: node tools/checks/package-files.mjs --write
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runAlone, unbuiltProblem } from '../lib/check.mjs';
import { root as workspace } from '../lib/paths.mjs';
import { ask } from '../lib/process.mjs';

export const name = 'the tarball holds exactly the expected files';
export const needs = ['package'];

const expectedFile = fileURLToPath(new URL('packed-files.json', import.meta.url));

/** What `npm pack` would put into the tarball, by npm itself. */
export async function packedFiles(folder) {
  const answer = await ask('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
  });
  if (answer === null) throw new Error(`npm pack failed in ${folder}`);
  const parsed = JSON.parse(answer);
  const [first] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return first.files.map((file) => file.path).sort();
}

export function listProblems(actual, expected) {
  return [
    ...actual
      .filter((file) => !expected.includes(file))
      .map((file) => `${file} is in the tarball, but not in packed-files.json`),
    ...expected.filter((file) => !actual.includes(file)).map((file) => `${file} is missing from the tarball`),
  ];
}

export async function run({ root }) {
  const absent = unbuiltProblem(root);
  if (absent.length > 0) return absent;
  if (!existsSync(expectedFile))
    return ['tools/checks/packed-files.json does not exist: run this check with --write'];
  return listProblems(
    await packedFiles(path.join(root, 'pkg')),
    JSON.parse(readFileSync(expectedFile, 'utf8')),
  );
}

if (process.argv[2] === '--write' && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = await packedFiles(path.join(workspace, 'pkg'));
  writeFileSync(expectedFile, JSON.stringify(files, null, 2) + '\n');
}
await runAlone(import.meta, name, run);
