import { testBundler } from './support/bundler.mjs';

const importMap = '<script type="importmap">{ "imports": { "holdfast": "/library/index.js" } }</script>';

testBundler('none', {
  bundler: 'No bundler',
  page: { file: 'www/index.html', script: '/src/main.js', head: importMap },
  output: 'www',
  roots: [
    { prefix: '/src/', directory: 'src' },
    { prefix: '/library/', directory: 'node_modules/holdfast' },
  ],
});
