package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// BenchmarkRecordingRow is what the recorder does for each recording on its way to the database, but for sending it.
func BenchmarkRecordingRow(b *testing.B) {
	upstream, first := 3.25, 4.5
	r := recording.Recording{
		ID: uuid.Must(uuid.NewV7()), Timestamp: time.Now(), TraceID: strings.Repeat("0af7651916cd43dd", 2), SpanID: "00f067aa0ba902b7",
		Protocol: recording.HTTP, Gateway: "bench", Instance: "0af76519-16cd-43dd-8448-eb211c80319c", Consumer: "Go-http-client/1.1 127.0.0.1", ClientIP: "127.0.0.1",
		Method: "GET", Scheme: "http", Host: "127.0.0.1:8080", Path: "/users/7", Route: "/users/{id}", HTTPVersion: "HTTP/1.1",
		Headers: recording.Values{"User-Agent": {"Go-http-client/1.1"}}, ResponseStatus: 200,
		ResponseHeaders: recording.Values{"Content-Type": {"application/json"}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}, "Content-Length": {"1024"}},
		HeaderForm:      "Host User-Agent", ResponseHeaderForm: "Content-Type Date Content-Length",
		ResponseBody:   recording.Body{Content: []byte(`{"name":"` + strings.Repeat("x", 1013) + `"}`), Size: 1024},
		ResponseTimeMS: 5.753421, UpstreamTimeMS: &upstream, FirstByteMS: &first, ScenarioMode: "healthy", ScenarioVersion: 1,
	}
	text := new(copyText)
	b.ReportAllocs()
	for b.Loop() {
		text.rows = text.rows[:0]
		recordingRow(text, &r)
	}
	b.SetBytes(int64(len(text.rows)))
}
