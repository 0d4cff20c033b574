import { testBundler } from './support/bundler.mjs';

testBundler('webpack-5', {
  bundler: 'webpack',
  package: 'webpack',
  page: { file: 'public/index.html', script: '/assets/main.js' },
  output: 'dist',
});
