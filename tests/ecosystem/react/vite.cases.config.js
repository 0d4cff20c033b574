import { defineConfig, mergeConfig } from 'vite';
import example from './vite.config.js';

export default mergeConfig(
  example,
  defineConfig({ build: { rollupOptions: { input: ['index.html', 'cases.html'] } } }),
);
