/** The pages that are packed: their links lead to files of the package, into the repository, or are words. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as packageLinks from '../../tools/checks/package-links.mjs';
import { deadLinks, packedPage } from '../../tools/lib/packed-page.mjs';
import { tree } from './support.mjs';

const readme = `# x

<picture>
  <source srcset="docs/dark.png">
  <img alt="the demo" src="docs/light.png">
</picture>

See [the policies](docs/csp.md#page), [\`a[b]\`](./docs/a.md), the [changes](CHANGELOG.md#one),
[below](#below), [RFC](https://www.rfc-editor.org/rfc/rfc6749).
`;
const files = ['README.md', 'CHANGELOG.md'];

test('without a repository, links to what is not packed are words', () => {
  const packed = packedPage(readme, { files });
  assert.deepEqual(deadLinks(packed, files), []);
  assert.match(packed, /^# x\n\nSee the policies, `a\[b\]`, the \[changes\]\(CHANGELOG\.md#one\),\n/);
  assert.match(packed, /\[below\]\(#below\), \[RFC\]\(https:/);
});

test('with one, they lead there', () => {
  const packed = packedPage(readme, { files, repository: 'git+https://code.example/x/y.git' });
  assert.deepEqual(deadLinks(packed, files), []);
  assert.match(packed, /\[the policies\]\(https:\/\/code\.example\/x\/y\/blob\/HEAD\/docs\/csp\.md#page\)/);
  assert.match(packed, /src="https:\/\/code\.example\/x\/y\/raw\/HEAD\/docs\/light\.png"/);
});

test('reported: a link, and a picture, to what is not packed', async () => {
  const root = tree({
    'pkg/README.md': readme,
    'pkg/CHANGELOG.md': 'See [docs](docs/a.md).',
    'pkg/package.json': '{ "name": "x", "version": "1.0.0" }',
  });
  const problems = await packageLinks.run({ root });
  assert.equal(problems.length, 5);
  assert.match(problems.join(), /README\.md: links to docs\/csp\.md#page,/);
  assert.match(problems.join(), /CHANGELOG\.md: links to docs\/a\.md,/);
});
