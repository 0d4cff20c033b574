/**
 * Links in the Markdown lead somewhere: to a file that exists and, with a `#`, to a heading of it. Addresses elsewhere
 * are looked at for their form alone; no check needs a network.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runAlone } from '../lib/check.mjs';
import { listFiles, readText } from '../lib/files.mjs';
import { anchors, links } from '../lib/markdown.mjs';

export const name = 'links in the documentation lead somewhere';

const scheme = /^[a-z][a-z0-9+.-]*:/i;

export async function run({ root }) {
  const pages = listFiles(root, { extensions: ['.md'] });
  const anchorsOf = new Map();
  const anchorsIn = (file) => {
    if (!anchorsOf.has(file)) anchorsOf.set(file, anchors(readText(root, file) ?? ''));
    return anchorsOf.get(file);
  };
  return pages.flatMap((page) =>
    links(readText(root, page) ?? '').flatMap(({ target, line }) => {
      const problem = scheme.test(target)
        ? formProblem(target)
        : problemInside(root, page, target, anchorsIn);
      return problem ? [`${page}:${line}: ${target}: ${problem}`] : [];
    }),
  );
}

function formProblem(target) {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url?.protocol === 'mailto:') return;
  if (!url || !/^https?:$/.test(url.protocol)) return 'is no web address';
  const isHere = ['localhost', '127.0.0.1'].includes(url.hostname);
  if (url.protocol === 'http:' && !isHere) return 'write https';
  if (!isHere && !url.hostname.includes('.')) return 'has no host';
}

function problemInside(root, page, target, anchorsIn) {
  const [file, anchor] = target.split('#');
  if (file.startsWith('/')) return 'begins with a slash, which a code host takes for its own';
  const to = file ? path.posix.join(path.posix.dirname(page), decodeURIComponent(file)) : page;
  if (to.startsWith('..')) return 'leaves the repository';
  if (!existsSync(path.join(root, to))) return 'there is no such file';
  if (anchor === undefined || !to.endsWith('.md')) return;
  if (!anchorsIn(to).has(decodeURIComponent(anchor))) return 'there is no such heading';
}

await runAlone(import.meta, name, run);
