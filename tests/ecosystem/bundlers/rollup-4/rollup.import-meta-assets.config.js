import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets';
import config from './rollup.config.js';

// It finds `new URL('./worker.js', import.meta.url)`, and emits the file.
export default { ...config, plugins: [...config.plugins, importMetaAssets()] };
