package build

import "context"

// previewHost bundles the page that stands in for Grafana where there is none.
func previewHost(ctx context.Context) error {
	if err := Packages(ctx); err != nil {
		return err
	}
	if fresh("dev/previewhost/web/dist/main.js", "dev/previewhost/web", "package-lock.json") {
		return nil
	}
	return step(ctx, "previewhost", "Building the preview host's page", nil, "node", "node_modules/webpack/bin/webpack.js",
		"-c", "dev/previewhost/web/webpack.config.cjs")
}
