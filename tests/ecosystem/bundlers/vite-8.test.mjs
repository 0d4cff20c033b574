import { testBundler } from './support/bundler.mjs';

testBundler('vite-8', {
  bundler: 'Vite',
  package: 'vite',
  page: { file: 'index.html', script: '/src/main.js' },
  output: 'dist',
});
