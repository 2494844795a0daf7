package postgres

import (
	"fmt"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// trafficKeys are the columns of traffic.Key.
var trafficKeys = []string{"gateway", "protocol", "route", "mode"}

// bucketColumns are the columns of traffic.Interval.Buckets: bucket_0 and so on.
var bucketColumns = func() (columns [len(traffic.Bounds) + 1]string) {
	for i := range columns {
		columns[i] = fmt.Sprintf("bucket_%d", i)
	}
	return columns
}()

// countColumns are the columns of counts that are added up, in the order of countTargets; requests are the first.
var countColumns = append([]string{"requests", "organic_errors", "injected_errors", "injected", "latency_sum_ms"}, bucketColumns[:]...)

// countTargets are what the countColumns of an interval are read into.
func countTargets(in *traffic.Interval) []any {
	targets := []any{&in.Requests, &in.OrganicErrors, &in.InjectedErrors, &in.Injected, &in.LatencySumMS}
	for i := range in.Buckets {
		targets = append(targets, &in.Buckets[i])
	}
	return targets
}

// countNames are the countColumns in a statement.
var countNames = strings.Join(countColumns, ", ")

// countSums adds up each of the countColumns.
func countSums() string {
	sums := make([]string, len(countColumns))
	for i, column := range countColumns {
		sum := "traffic_sum"
		if column == "latency_sum_ms" {
			sum = "sum"
		}
		sums[i] = sum + "(" + column + ") AS " + column
	}
	return strings.Join(sums, ", ")
}
