import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';

import grafanaConfig, { type Env } from './.config/webpack/webpack.config.ts';

// A single build (`npm run dev:once`, for the preview host and the browser tests) leaves type checking, linting and live
// reload to the commands that are there for them.
const watchOnly = ['ForkTsCheckerWebpackPlugin', 'ESLintWebpackPlugin', 'LiveReloadPlugin'];

const config = async (env: Env): Promise<Configuration> => {
  const base = await grafanaConfig(env);
  return {
    ...base,
    module: {
      ...base.module,
      rules: [
        ...(base.module?.rules ?? []),
        // Some libraries are ES modules that import files without their extension, which strict resolution refuses.
        { test: /\.m?js$/, type: 'javascript/auto', resolve: { fullySpecified: false } },
      ],
    },
    plugins: [
      ...(base.plugins?.filter((plugin) => !env.once || !watchOnly.includes(plugin?.constructor.name ?? '')) ?? []),
      // The scaffold copies the logos of the app only, not those of the plugins nested in it.
      new CopyWebpackPlugin({ patterns: [{ from: '*/img/*.svg', to: '.' }] }),
    ],
  };
};

export default config;
