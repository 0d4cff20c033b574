/**
 * The documentation site. Its pages are assembled by tools/lib/docs-site.mjs, which also writes `site.json` beside this
 * file. `HOLDFAST_DOCS_BASE` is the path under which it will be served, `/` where it is absent.
 */
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { headingAnchor } from './markdown.mjs';

const { sidebar } = JSON.parse(readFileSync(new URL('site.json', import.meta.url), 'utf8'));
const base = process.env.HOLDFAST_DOCS_BASE || '/';

export default defineConfig({
  lang: 'en',
  title: 'holdfast',
  description: 'Keeps people signed in to single-page apps, with the tokens out of the page’s reach.',
  base,
  srcDir: 'pages',
  outDir: 'dist',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg` }]],
  markdown: {
    // The same anchors as on a code host, so that one link serves both.
    anchor: { slugify: headingAnchor },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      // Indented code looks and scrolls as code between fences does.
      md.renderer.rules.code_block = (tokens, index, ...rest) => {
        tokens[index].info = 'text';
        return md.renderer.rules.fence(tokens, index, ...rest);
      };
    },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Why was I signed out?', link: '/signed-out' },
      { text: 'Reference', link: '/reference/options' },
      { text: 'Security', link: '/security' },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // No functions here: VitePress would hand them to the page as text, and that needs `unsafe-eval`.
          searchOptions: {
            combineWith: 'AND',
            fuzzy: 0.15,
            prefix: true,
            boost: { title: 4, text: 2, titles: 1 },
          },
        },
      },
    },
  },
  vite: { build: { chunkSizeWarningLimit: 1500 }, logLevel: 'warn' },
});
