module.exports = {
  entry: './src/index.jsx',
  module: {
    rules: [
      { test: /\.worker\.js$/, use: { loader: 'worker-loader', options: { inline: 'fallback' } } },
      { test: /\.jsx?$/, exclude: /node_modules/, use: 'babel-loader' },
    ],
  },
}
