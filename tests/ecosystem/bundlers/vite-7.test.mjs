import { testBundler } from './support/bundler.mjs';

testBundler('vite-7', {
  bundler: 'Vite',
  package: 'vite',
  page: { file: 'index.html', script: '/src/main.js' },
  output: 'dist',
  more: { 'development, with `optimizeDeps.exclude`': 'dev:excluded' },
});
