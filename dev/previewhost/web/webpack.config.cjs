// Builds the preview host's page with the repository's node_modules: Grafana's own libraries, and what stands in for
// the parts of Grafana that are not on npm. Development mode: quick to build, and served on loopback only.
const path = require('path');
const webpack = require('webpack');
const CopyPlugin = require('copy-webpack-plugin');

const root = path.resolve(__dirname, '../../..');
const modules = path.join(root, 'node_modules');
const runtime = path.join(modules, '@grafana/runtime/dist/esm');

module.exports = {
  mode: 'development',
  devtool: false,
  context: __dirname,
  entry: { main: './src/main.ts' },
  output: { path: path.join(__dirname, 'dist'), filename: '[name].js', chunkFilename: '[name].js', publicPath: '/public/build/', clean: true },
  cache: { type: 'filesystem', cacheDirectory: path.join(root, '.cache/previewhost'), buildDependencies: { config: [__filename] } },
  resolve: {
    extensions: ['.tsx', '.ts', '.mjs', '.js'],
    // A package's own node_modules come first, as Node.js has it: some need another version than what lies at the top.
    modules: ['node_modules', modules],
    alias: {
      // Grafana sets these two components at start. Its package does not export the setters; these are the modules
      // that its index takes the components from, so they are the same instances.
      'grafana-runtime-plugin-page': path.join(runtime, 'components/PluginPage.mjs'),
      'grafana-runtime-panel-renderer': path.join(runtime, 'components/PanelRenderer.mjs'),
    },
  },
  module: {
    rules: [
      { test: /\.m?js$/, type: 'javascript/auto', resolve: { fullySpecified: false } },
      {
        test: /\.tsx?$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: { jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true }, transform: { react: { runtime: 'automatic', development: false } } } },
        },
      },
      { test: /\.css$/, use: ['style-loader', 'css-loader'] },
      { test: /\.(svg|png|gif|woff2?)$/, type: 'asset/resource' },
    ],
  },
  plugins: [
    new webpack.DefinePlugin({ 'process.env.NODE_ENV': JSON.stringify('production') }),
    // Grafana's fonts are not on npm; without this the page would ask for files that are not there.
    new webpack.NormalModuleReplacementPlugin(/GlobalStyles[\\/]fonts\.mjs$|^\.\/fonts\.mjs$/, path.join(__dirname, 'src/noFonts.ts')),
    new CopyPlugin({
      patterns: [
        // Some icons that Grafana has are not on npm: simple drawings serve for them.
        { from: path.join(__dirname, 'src/icons'), to: 'img/icons/unicons' },
        { from: path.join(modules, '@grafana/ui/dist/public/img'), to: 'img', force: true },
      ],
    }),
  ],
  // With sideEffects, webpack 5.112 leaves the imports of react-router-dom out of the bundle.
  optimization: { nodeEnv: false, minimize: false, sideEffects: false },
  performance: { hints: false },
  stats: 'errors-warnings',
  ignoreWarnings: [/Critical dependency/, /export .* was not found/],
};
