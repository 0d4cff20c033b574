/**
 * The documentation site, out of the repository's own Markdown: it stays readable where it is, and is written once.
 * Links between pages become links of the site; what is no page is shown without a link.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expected, sidebar } from '../../www/docs/sidebar.mjs';
import { readApi } from './api-model.mjs';
import { adapterPlace, apiPages } from './api-pages.mjs';
import { listFiles } from './files.mjs';
import { headings, withoutCode } from './markdown.mjs';
import { root, scratch } from './paths.mjs';
import { run } from './process.mjs';

/** Where the site is built, and where it is when it is done. */
export const folder = path.join(scratch, 'docs');
export const output = path.join(folder, 'dist');

/**
 * Builds the site into {@link output}.
 *
 * @param {{ base?: string }} [options] `base`: the path under which it will be served, with a slash at both ends
 */
export async function buildSite({ base = '/' } = {}) {
  layOut();
  await install();
  const program = path.join(folder, 'node_modules/.bin/vitepress');
  await run(program, ['build'], {
    cwd: folder,
    timeoutSeconds: 300,
    env: { HOLDFAST_DOCS_BASE: base, NODE_ENV: 'production' },
  });
  return output;
}

function layOut() {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) {
    if (!['node_modules', '.installed-from'].includes(entry)) {
      rmSync(path.join(folder, entry), { recursive: true, force: true });
    }
  }
  cpSync(path.join(root, 'www/docs'), folder, {
    recursive: true,
    filter: (file) => !['node_modules', 'dist', 'cache'].includes(path.basename(file)),
  });
  cpSync(path.join(root, 'tools/lib/markdown.mjs'), path.join(folder, '.vitepress/markdown.mjs'));
  const { pages, files, menu } = assemble();
  for (const [file, text] of Object.entries(pages)) {
    mkdirSync(path.dirname(path.join(folder, 'pages', file)), { recursive: true });
    writeFileSync(path.join(folder, 'pages', file), text);
  }
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, 'pages', file)), { recursive: true });
    cpSync(path.join(root, source), path.join(folder, 'pages', file));
  }
  cpSync(path.join(folder, 'public'), path.join(folder, 'pages/public'), { recursive: true });
  writeFileSync(path.join(folder, '.vitepress/site.json'), JSON.stringify({ sidebar: menu }));
}

async function install() {
  const manifest = path.join(folder, 'package.json');
  const stamp = path.join(folder, '.installed-from');
  const digest = createHash('sha256').update(readFileSync(manifest)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  rmSync(stamp, { force: true });
  const quietly = ['--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', '--include=dev', ...quietly], { cwd: folder, timeoutSeconds: 300 });
  writeFileSync(stamp, digest);
}

/**
 * The pages as text, the pictures that they show, and the menu.
 *
 * @returns {{ pages: Record<string, string>, files: Record<string, string>, menu: object[] }} by the path in the site;
 *   `files`: where each stands in the repository
 */
export function assemble(from = root) {
  const modules = readApi(from);
  const menu = menuOf(from, modules);
  const titles = new Map(
    menu.flatMap(({ items }) => items.filter(({ source }) => source).map((item) => [item.source, item])),
  );
  const pages = { 'index.md': readFileSync(path.join(from, 'www/docs/index.md'), 'utf8') };
  const files = {};
  for (const source of titles.keys()) {
    pages[pageOf(source)] = sitePage(from, source, titles, files);
  }
  Object.assign(pages, apiPages(from, modules, mentions(from, titles)));
  for (const [page, text] of Object.entries(pages)) {
    const [loose] = /\{@link [^}]*\}/.exec(withoutCode(text)) ?? [];
    if (loose) throw new Error(`${page}: ${loose} names nothing that is exported`);
  }
  return { pages, files, menu };
}

/** The sidebar with links. Throws where a page is named that is absent, or one of docs/ is not named. */
function menuOf(from, modules) {
  const all = sidebar.flatMap(({ items }) => items).flatMap(({ source }) => source ?? []);
  const absent = all.filter((source) => !existsSync(path.join(from, source)));
  const unexpected = absent.filter((source) => !expected.includes(source));
  if (unexpected.length > 0) throw new Error(`www/docs/sidebar.mjs names ${unexpected}, which is absent`);
  const present = listFiles(from, { under: ['docs'], extensions: ['.md'] });
  const unnamed = present.filter((source) => !all.includes(source));
  if (unnamed.length > 0) throw new Error(`www/docs/sidebar.mjs does not name ${unnamed}`);
  const adapters = modules.slice(1).map(({ name }) => ({
    text: name,
    link: `/reference/${adapterPlace(name)}`,
  }));
  return sidebar.map(({ text, items }) => ({
    text,
    items: [
      ...items
        .filter(({ source }) => !absent.includes(source))
        .map((item) => ({ link: item.source && `/${pageOf(item.source).replace(/\.md$/, '')}`, ...item })),
      ...(text === 'Reference' ? adapters : []),
    ],
  }));
}

/** Where a file of the repository stands in the site. */
function pageOf(source) {
  if (source === 'README.md') return 'overview.md';
  if (source.startsWith('docs/')) return source.slice('docs/'.length);
  return source.toLowerCase();
}

function sitePage(from, source, titles, files) {
  const text = readFileSync(path.join(from, source), 'utf8');
  const title = headings(text)[0]?.text ?? source;
  const front = /^---\n/.test(text) ? '' : `---\ntitle: ${JSON.stringify(title)}\n---\n\n`;
  return front + relink(text, source, titles, files);
}

const link = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;
const attribute = /(\s(?:src|srcset)=")([^"]+)(")/g;

/** The links of a page as they are in the site; pictures come along. */
function relink(text, source, titles, files) {
  const place = (target) => {
    const [file, anchor] = target.split('#');
    const at = path.posix.join(path.posix.dirname(source), file);
    return { file: at, anchor: anchor === undefined ? '' : `#${anchor}` };
  };
  const relative = (to) => {
    const from = path.posix.dirname(pageOf(source));
    const way = path.posix.relative(from, to);
    return way.startsWith('.') ? way : `./${way}`;
  };
  const picture = (target) => {
    const { file } = place(target);
    files[pageOf(file)] = file;
    return relative(pageOf(file));
  };
  const isElsewhere = (target) => /^[a-z]+:/i.test(target) || target.startsWith('#');
  return outsideOfCode(text, (line) =>
    line
      .replaceAll(link, (all, mark, words, target) => {
        if (isElsewhere(target)) return all;
        if (mark) return `![${words}](${picture(target)})`;
        const { file, anchor } = place(target);
        return titles.has(file) ? `[${words}](${relative(pageOf(file))}${anchor})` : words;
      })
      .replaceAll(attribute, (all, before, target, after) =>
        isElsewhere(target) ? all : before + picture(target) + after,
      ),
  );
}

/** Changes the lines that stand in no fence. */
function outsideOfCode(text, change) {
  const bare = withoutCode(text, { spans: false }).split('\n');
  return text
    .split('\n')
    .map((line, index) => (bare[index] ? change(line) : line))
    .join('\n');
}

/** For an error code: the pages of docs/ that speak of it. */
function mentions(from, titles) {
  const texts = [...titles]
    .filter(([source]) => source.startsWith('docs/') && !source.startsWith('docs/migrating/'))
    .map(([source, { text: title }]) => ({
      title,
      link: `../${pageOf(source)}`,
      text: readFileSync(path.join(from, source), 'utf8'),
    }));
  return (code) => texts.filter(({ text }) => text.includes(`\`${code}\``));
}
