import { testBundler } from './support/bundler.mjs';

testBundler('esbuild', {
  bundler: 'esbuild',
  package: 'esbuild',
  page: { file: 'www/index.html', script: '/assets/main.js' },
  output: 'www',
});
