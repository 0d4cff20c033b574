/** The check of the documentation's links, seen to fail; and what it reads of Markdown. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { run } from '../../tools/checks/documentation-links.mjs';
import { anchors, fences, headings, links } from '../../tools/lib/markdown.mjs';
import { tree } from './support.mjs';

const files = {
  'README.md': '# Top\n\n[a page](docs/page.md), [a part of it](docs/page.md#authfetch-here), [here](#top)\n',
  'docs/page.md': '# Page\n\n## `auth.fetch`, here\n\n<a id="old"></a> [up](../README.md#top) [old](#old)\n',
};
const problems = (page, text) => run({ root: tree({ ...files, [page]: files[page] + text }) });

test('good links are no problem', async () => {
  assert.deepEqual(await run({ root: tree(files) }), []);
});

for (const [what, link, words] of [
  ['a file that is absent', '[x](docs/gone.md)', /README\.md:4: docs\/gone\.md: there is no such file/],
  ['a heading that is absent', '[x](docs/page.md#gone)', /no such heading/],
  ['a heading of the same page', '[x](#gone)', /no such heading/],
  ['a picture that is absent', '<img src="docs/gone.png">', /no such file/],
  ['a file outside', '[x](../other/README.md)', /leaves the repository/],
  ['an absolute path', '[x](/docs/page.md)', /begins with a slash/],
  ['an address without https', '[x](http://host.example/)', /write https/],
  ['an address of another kind', '[x](javascript:alert)', /is no web address/],
  ['an address without a host', '[x](https://nowhere/)', /has no host/],
]) {
  test(`reported: ${what}`, async () => {
    const found = await problems('README.md', `${link}\n`);
    assert.match(found.join(), words);
    assert.equal(found.length, 1);
  });
}

test('code holds no links and no headings', async () => {
  const code = '```md\n[x](gone.md)\n# Gone\n```\n\n`[x](gone.md)` and ``[x](`gone.md`)``\n';
  assert.deepEqual(await problems('README.md', code), []);
  assert.deepEqual(headings(code), []);
});

test('anchors are those of code hosts', () => {
  const text =
    '# `auth.fetch`: what _differs_?\n## The CSP to send\n## The CSP to send\n### [A link](x.md) & snake_case\n';
  assert.deepEqual(
    [...anchors(text)],
    ['authfetch-what-differs', 'the-csp-to-send', 'the-csp-to-send-1', 'a-link--snake_case'],
  );
});

test('links of all forms are found, with their lines', () => {
  const text = 'a [b](c.md "d")\n![e](f.png)\n[g]: h.md\n<a href="i.md">\n';
  assert.deepEqual(
    links(text).map(({ target, line }) => `${line} ${target}`),
    ['1 c.md', '2 f.png', '3 h.md', '4 i.md'],
  );
});

test('code comes with its language, its line, and the comment before it', () => {
  const text = '<!-- about -->\n\n```js\none\n```\n\n- list\n\n  ```sh\n  two\n  ```\n';
  assert.deepEqual(fences(text), [
    { language: 'js', code: 'one\n', line: 4, marker: 'about' },
    { language: 'sh', code: 'two\n', line: 10, marker: undefined },
  ]);
});
