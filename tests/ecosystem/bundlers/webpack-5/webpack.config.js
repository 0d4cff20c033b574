const CopyPlugin = require('copy-webpack-plugin');
const path = require('node:path');

module.exports = {
  entry: './src/main.js',
  output: { path: path.resolve('dist'), filename: 'assets/main.js', publicPath: '/', clean: true },
  plugins: [
    new CopyPlugin({
      patterns: [
        { from: 'public' },
        // `info.minimized`: the two files stay as they are.
        ...['worker.js', 'escrow.js'].map((file) => ({
          from: require.resolve(`holdfast/${file}`),
          to: 'holdfast/',
          info: { minimized: true },
        })),
      ],
    }),
  ],
  devServer: { host: 'localhost', port: process.env.PORT, historyApiFallback: true },
};
