package telemetry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestEachBucketTakesAnExemplarASecond(t *testing.T) {
	m := newMetrics()
	begun := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	observe := func(trace string, after time.Duration, ms float64) {
		m.Observe(exchange(func(r *recording.Recording) { r.TraceID, r.Timestamp, r.ResponseTimeMS = trace, begun.Add(after), ms }))
	}
	exemplified := func(trace string) bool {
		return strings.Contains(scrape(t, m, "application/openmetrics-text"), trace)
	}
	observe("first", 0, 50)
	observe("soon-after", 100*time.Millisecond, 50)
	observe("other-bucket", 200*time.Millisecond, 500)
	if !exemplified("first") || exemplified("soon-after") || !exemplified("other-bucket") {
		t.Error("the first exchange of each bucket should be its exemplar for a second")
	}
	observe("later", 1500*time.Millisecond, 50)
	if exemplified("first") || !exemplified("later") {
		t.Error("an exemplar older than a second should give way to that of a later exchange")
	}
	if got := scrape(t, m, "text/plain"); !strings.Contains(got, `mockforge_http_requests_total{gateway="shop",injected="false",method="GET",mode="healthy",route="/users/{id}",status="200"} 4`) {
		t.Error("every exchange should be counted, with an exemplar or without:\n" + got)
	}
}
