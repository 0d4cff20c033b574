/**
 * Where things are: the workspace, its scratch folder, and the per-user folder of installed tools.
 */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the workspace. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/** Scratch of this workspace; safe to delete. */
export const scratch = path.join(root, '.cache');

/** Per-user folder, shared by every clone: tools that take minutes to compile, their logs, the set-up lock. */
export const userCache = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
  'holdfast',
);

/** `cargo install --root` goes here; the executables are in its `bin`. */
export const toolsRoot = path.join(userCache, 'tools');
export const toolsBin = path.join(toolsRoot, 'bin');

/** A path as a person wants to read it: inside the workspace relative, inside the home folder with a tilde. */
export function readable(file) {
  if (file === root || file.startsWith(root + path.sep)) return path.relative(root, file) || '.';
  const home = os.homedir();
  return file.startsWith(home + path.sep) ? '~' + file.slice(home.length) : file;
}
