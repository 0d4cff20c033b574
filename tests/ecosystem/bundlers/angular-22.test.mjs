import { testBundler } from './support/bundler.mjs';

testBundler('angular-22', {
  bundler: 'Angular CLI',
  package: '@angular/cli',
  page: { file: 'src/index.html' },
  output: 'dist/browser',
});
