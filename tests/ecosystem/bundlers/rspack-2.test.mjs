import { testBundler } from './support/bundler.mjs';

testBundler('rspack-2', {
  bundler: 'Rspack',
  package: '@rspack/core',
  page: { file: 'public/index.html', script: '/assets/main.js' },
  output: 'dist',
});
