import { testBundler } from './support/bundler.mjs';

testBundler('rollup-4', {
  bundler: 'Rollup',
  package: 'rollup',
  page: { file: 'www/index.html', script: '/assets/main.js' },
  output: 'www',
  more: { 'production, with `@web/rollup-plugin-import-meta-assets`': 'build:import-meta-assets' },
});
