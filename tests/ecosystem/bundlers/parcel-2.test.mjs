import { testBundler } from './support/bundler.mjs';

testBundler('parcel-2', {
  bundler: 'Parcel',
  package: 'parcel',
  page: { file: 'index.html', script: './src/main.js' },
  output: 'dist',
});
