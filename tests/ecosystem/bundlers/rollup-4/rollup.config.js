import resolve from '@rollup/plugin-node-resolve';

export default {
  input: 'src/main.js',
  output: { dir: 'www/assets', format: 'es' },
  plugins: [resolve({ browser: true })],
};
