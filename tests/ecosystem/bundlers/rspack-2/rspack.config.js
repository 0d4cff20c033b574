import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rspack } from '@rspack/core';

const fileOf = (specifier) => fileURLToPath(import.meta.resolve(specifier));

export default {
  entry: './src/main.js',
  output: { path: path.resolve('dist'), filename: 'assets/main.js', publicPath: '/', clean: true },
  plugins: [
    new rspack.CopyRspackPlugin({
      patterns: [
        { from: 'public' },
        // `info.minimized`: the two files stay as they are.
        ...['worker.js', 'escrow.js'].map((file) => ({
          from: fileOf(`holdfast/${file}`),
          to: 'holdfast/',
          info: { minimized: true },
        })),
      ],
    }),
  ],
  devServer: { host: 'localhost', port: process.env.PORT, historyApiFallback: true },
};
