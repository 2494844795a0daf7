package telemetry_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// What an exchange costs where no spans are made, where its trace is not sampled, and where it is.
func BenchmarkSpan(b *testing.B) {
	for name, rate := range map[string]float64{"none": 1, "not sampled": 0, "sampled": 1} {
		b.Run(name, func(b *testing.B) {
			o := telemetry.TracingOptions{SamplingRate: rate, Provider: noop.NewTracerProvider()}
			if name != "none" {
				// Nothing listens there: what is exported is lost.
				o.Endpoint, o.Protocol, o.ExportInterval, o.Logger = "http://127.0.0.1:1", "grpc", time.Hour, discard
			}
			tracing, err := telemetry.NewTracing(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/users/7", nil)
			done := exchange(func(*recording.Recording) {})
			b.ReportAllocs()
			for b.Loop() {
				span := new(telemetry.Span)
				tracing.Start(r.Context(), telemetry.Incoming{Request: r, Gateway: "shop", Protocol: recording.HTTP, Route: "/users/{id}"}, span)
				span.Answered(&http.Response{StatusCode: 200}, nil)
				span.End(done)
			}
			b.StopTimer()
			given, cancel := context.WithCancel(b.Context())
			cancel()
			_ = tracing.Shutdown(given)
		})
	}
}

var discard = slog.New(slog.DiscardHandler)
