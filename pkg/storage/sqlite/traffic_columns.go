package sqlite

import (
	"fmt"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// trafficKeys are the columns of traffic.Key.
var trafficKeys = []string{"gateway", "protocol", "route", "mode"}

// countColumns are the columns of counts that are added up, in the order of countTargets.
var countColumns = func() []string {
	columns := []string{"requests", "organic_errors", "injected_errors", "injected", "latency_sum_ms"}
	for i := range len(traffic.Bounds) + 1 {
		columns = append(columns, fmt.Sprintf("bucket_%d", i))
	}
	return columns
}()

// countTargets are what the countColumns of an interval are read into.
func countTargets(in *traffic.Interval) []any {
	targets := []any{&in.Requests, &in.OrganicErrors, &in.InjectedErrors, &in.Injected, &in.LatencySumMS}
	for i := range in.Buckets {
		targets = append(targets, &in.Buckets[i])
	}
	return targets
}

// countSums adds up each of the countColumns.
func countSums() string {
	sums := make([]string, len(countColumns))
	for i, column := range countColumns {
		sums[i] = "sum(" + column + ") AS " + column
	}
	return strings.Join(sums, ", ")
}

// countNames are the countColumns in a statement.
var countNames = strings.Join(countColumns, ", ")
