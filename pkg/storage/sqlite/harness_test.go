package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, path string, options sqlite.Options) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func fresh(t testing.TB) *sqlite.Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{})
}

func write(t testing.TB, store *sqlite.Store, batch ...recording.Recording) {
	t.Helper()
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// idAt returns a UUIDv7 of a time.
func idAt(at time.Time, n int) uuid.UUID {
	var id uuid.UUID
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8], id[14], id[15] = 0x70, 0x80, byte(n>>8), byte(n)
	return id
}

func simple(at time.Time, n int) recording.Recording {
	return recording.Recording{
		ID: idAt(at, n), Timestamp: at, Protocol: recording.HTTP, Gateway: "shop", Instance: "one", Method: "GET", Path: "/",
		ResponseStatus: 200, ScenarioMode: "healthy",
	}
}

// whole returns a recording with every field set.
func whole(at time.Time, n int) recording.Recording {
	grpc, closed, upstream, first := 5, 1001, 10.5, 4.25
	return recording.Recording{
		ID: idAt(at, n), Timestamp: at, TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: "b7ad6b7169203331",
		Protocol: recording.WebSocket, Gateway: "shop", Instance: "collector-1", Consumer: "app", ClientIP: "192.0.2.1",
		Method: "GET", Scheme: "https", Host: "shop.example", Path: "/users/7/orders", Target: "/users/%37/orders?q=a&flag;\\\t%zz&q=%62",
		TargetRedacted: true, Route: "/users/{id}/orders", Operation: "query GetUser", HTTPVersion: "1.1",
		QueryParams: recording.Values{"q": {"a", "b"}}, Headers: recording.Values{"Accept": {"*/*"}, "X-Two": {"1", "2"}},
		HeaderForm:     "x-two Host Accept X-Two:6Q==",
		Body:           recording.Body{Content: []byte(`{"a":"é\u0000"}`), Size: 20, Truncated: true, Redacted: true, Decoded: true},
		ResponseStatus: 503, ResponseHeaders: recording.Values{"Content-Type": {"text/plain"}}, ResponseHeaderForm: "content-TYPE",
		ResponseTrailers: recording.Values{"Grpc-Status": {"5"}}, ResponseBody: recording.Body{Content: []byte{0xff, 0, 1, '\t', '\\', '\n'}, Size: 6},
		GRPCStatus: &grpc, WebSocketClose: &closed, ResponseTimeMS: 12.5, UpstreamTimeMS: &upstream, FirstByteMS: &first, InjectedDelayMS: 2,
		ScenarioMode: "chaos", ScenarioVersion: 9, Rule: "half", Faults: []recording.Fault{{Kind: "latency", Detail: "2ms"}, {Kind: "error", Detail: "503"}},
		Failure: "client aborted", FailedBy: recording.ByClient, FailureKind: recording.FailureAborted, MockMatched: "stub",
		PluginExecuted: []string{"auth", "wasm, \"x\""}, Tags: []string{"replay"},
		Messages: []recording.Message{
			{Direction: "in", OffsetMS: 1, Kind: "text", Body: recording.Body{Content: []byte("hello"), Size: 5}},
			{Direction: "out", OffsetMS: 2.5, Kind: "binary", Body: recording.Body{Content: []byte{0, 1, 2}, Size: 9, Truncated: true}},
		},
	}
}
