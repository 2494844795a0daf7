package build

import "context"

// Frontend bundles the plugin's pages into dist/.
func Frontend(ctx context.Context) error {
	if err := Packages(ctx); err != nil {
		return err
	}
	if fresh("dist/module.js", "src", ".config", "package-lock.json", "webpack.config.ts", "tsconfig.json", "CHANGELOG.md") {
		return nil
	}
	return step(ctx, "frontend", "Building the frontend", nil, "npm", "run", "build")
}
