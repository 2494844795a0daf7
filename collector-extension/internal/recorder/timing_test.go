package recorder_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// typical is what a gateway records of an exchange with an answer of 1 KiB.
func typical() *recording.Recording {
	upstream, first := 3.25, 4.5
	return &recording.Recording{
		ID: uuid.Must(uuid.NewV7()), Timestamp: time.Now(), TraceID: strings.Repeat("0af7651916cd43dd", 2), SpanID: "00f067aa0ba902b7",
		Protocol: recording.HTTP, Gateway: "bench", Instance: "0af76519-16cd-43dd-8448-eb211c80319c", Consumer: "Go-http-client/1.1 127.0.0.1", ClientIP: "127.0.0.1",
		Method: "GET", Scheme: "http", Host: "127.0.0.1:8080", Path: "/users/7", Target: "/users/7", Route: "/users/{id}", HTTPVersion: "HTTP/1.1",
		Headers: recording.Values{"User-Agent": {"Go-http-client/1.1"}}, ResponseStatus: 200,
		ResponseHeaders: recording.Values{"Content-Type": {"application/json"}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}, "Content-Length": {"1024"}},
		ResponseBody:    recording.Body{Content: []byte(`{"name":"` + strings.Repeat("x", 1013) + `"}`), Size: 1024},
		ResponseTimeMS:  5.753421, UpstreamTimeMS: &upstream, FirstByteMS: &first, ScenarioMode: "healthy", ScenarioVersion: 1,
	}
}

// nothing is a sink, a redactor and metrics that do nothing.
type nothing struct{}

func (nothing) Redact(*recording.Recording) {}
func (nothing) Recorded(int)                {}
func (nothing) Dropped(string, int)         {}
func (nothing) SampledOut()                 {}
func (nothing) Spooled(int)                 {}
func (nothing) Flushed(time.Duration)       {}
func (nothing) WriteRecordings(context.Context, []*recording.Recording) (int, error) {
	return 0, nil
}

// BenchmarkRecord is what the recorder does for each recording besides redacting and writing it.
func BenchmarkRecord(b *testing.B) {
	r := recorder.New(recorder.Options{Sink: nothing{}, Redactor: nothing{}, Metrics: nothing{}, Logger: slog.New(slog.DiscardHandler), BufferSize: 1_000_000})
	r.Start()
	rec := typical()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Record(rec)
		for i%1000 == 999 && r.QueueLength() > 5000 {
			time.Sleep(10 * time.Microsecond) // The queue is to be neither empty nor full.
		}
	}
	r.Shutdown(context.Background())
}

func BenchmarkSize(b *testing.B) {
	rec := typical()
	for b.Loop() {
		rec.Size()
	}
}
