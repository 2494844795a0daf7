package api

import (
	"context"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// RoutePatterns returns the patterns of all routes, for the test that compares them with the OpenAPI document.
func RoutePatterns() []string {
	h := &handler{Options: Options{Live: func(context.Context) <-chan traffic.Update { return nil }}}
	var patterns []string
	for _, r := range h.routes() {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}

// LanePatterns returns the patterns of the routes that are named by lanes.
func LanePatterns() []string { return slices.Concat(free, steering, small, files) }
