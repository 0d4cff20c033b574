/**
 * Lists the files that the checks look at: what is, or is about to be, under version control.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const never = new Set(['.git', 'node_modules', 'target', '.cache', 'pkg']);

/**
 * Paths relative to `root`, with slashes, sorted. `under`: only in these folders (or these files);
 * `extensions`: only these, with the dot.
 */
export function listFiles(root, { under = [''], extensions } = {}) {
  const all = (existsSync(path.join(root, '.git')) && listByGit(root)) || walk(root, '');
  const inside = (file) =>
    under.some((folder) => folder === '' || file === folder || file.startsWith(folder.replace(/\/?$/, '/')));
  return all
    .filter((file) => inside(file) && (!extensions || extensions.includes(path.extname(file))))
    .sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Tracked files, and new ones that are not ignored: a problem should show before the commit, not after.
 * Null where git is absent or refuses (a folder that belongs to another user).
 */
function listByGit(root) {
  try {
    const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
      // Called by a git hook, git's own variables would point it elsewhere.
      env: Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_'))),
    });
    const files = [...new Set(output.split('\0').filter(Boolean))];
    return files.filter((file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile());
  } catch {
    return null;
  }
}

function walk(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return never.has(entry.name) ? [] : walk(root, file);
    return entry.isFile() ? [file] : [];
  });
}

/** The text of a file below `root`, or null for a binary one. */
export function readText(root, file) {
  const bytes = readFileSync(path.join(root, file));
  return bytes.includes(0) ? null : bytes.toString('utf8');
}

/** The line number of an offset, counted from 1. */
export function lineAt(text, offset) {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** One `file:line: message` per match of a global pattern; a message function may return null for "all is well". */
export function problemsAt(file, text, pattern, message) {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const words = typeof message === 'function' ? message(match) : message;
    return words === null ? [] : [`${file}:${lineAt(text, match.index)}: ${words}`];
  });
}
