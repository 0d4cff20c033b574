/**
 * README.md and CHANGELOG.md as they are packed. npm shows them, and node_modules has them, where most files that they link
 * to are not: such links lead into the repository, where the manifest names one, and are plain words where it doesn't.
 */
import path from 'node:path';

const link = /\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!https?:|mailto:|#)([^()\s]+)\)/g;
const picture = /<picture>[^]*?<\/picture>\n*/g;

/**
 * @param {string} text
 * @param {{ files: string[], repository?: string }} packed the files of the package, and the `url` of its repository
 */
export function packedPage(text, { files, repository }) {
  const isPacked = (target) => files.includes(withoutFragment(target));
  const base = repository?.replace(/^git\+/, '').replace(/\.git$/, '');
  return text
    .replace(picture, (whole) =>
      base ? whole.replace(/((?:srcset|src)=")(?!https?:)/g, `$1${base}/raw/HEAD/`) : '',
    )
    .replace(link, (whole, words, target) => {
      if (isPacked(target)) return whole;
      return base ? `[${words}](${base}/blob/HEAD/${path.posix.normalize(target)})` : words;
    });
}

/** The targets of relative links, and of pictures, that are not among the files. */
export function deadLinks(text, files) {
  const targets = [
    ...[...text.matchAll(link)].map(([, , target]) => target),
    ...[...text.matchAll(/\b(?:srcset|src)="(?!https?:)([^"]+)"/g)].map(([, target]) => target),
  ];
  return targets.filter((target) => !files.includes(withoutFragment(target)));
}

const withoutFragment = (target) => path.posix.normalize(target.replace(/#.*/, ''));
