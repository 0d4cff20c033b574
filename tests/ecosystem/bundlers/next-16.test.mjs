import assert from 'node:assert/strict';
import { testBundler } from './support/bundler.mjs';

testBundler('next-16', {
  bundler: 'Next.js',
  package: 'next',
  also: ({ it, site }) =>
    it('renders the component that imports holdfast on the server', async () => {
      const page = await (await fetch(site().origin)).text();
      assert.match(page, /<h1>Rendered on the server<\/h1><main><\/main>/);
    }),
});
