package apitest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Noon is when the recordings of the suites are made.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// IDAt returns the n-th UUIDv7 of a time.
func IDAt(at time.Time, n int) uuid.UUID {
	var id uuid.UUID
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8], id[13], id[14], id[15] = 0x70, 0x80, byte(n>>16), byte(n>>8), byte(n)
	return id
}

// Simple returns a recording with nothing but what each has.
func Simple(at time.Time, n int) recording.Recording {
	return recording.Recording{ID: IDAt(at, n), Timestamp: at, Protocol: recording.HTTP, Gateway: "shop", Instance: "one", Method: "GET", Path: "/", ResponseStatus: 200, ScenarioMode: "healthy"}
}

// Whole returns a recording with every field set.
func Whole() recording.Recording {
	one, goingAway, upstream, first := 5, 1001, 10.5, 4.25
	at := Noon.Add(123456 * time.Microsecond)
	return recording.Recording{
		ID: IDAt(at, 1), Timestamp: at, TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: "b7ad6b7169203331",
		Protocol: recording.WebSocket, Gateway: "shop", Instance: "collector-1", Consumer: "app", ClientIP: "192.0.2.1",
		Method: "GET", Scheme: "https", Host: "shop.example", Path: "/users/7/orders", Target: "/users/%37/orders?q=a&flag;\\\t%zz&q=%62", TargetRedacted: true, Route: "/users/{id}/orders", Operation: "query GetUser",
		HTTPVersion: "1.1", QueryParams: recording.Values{"q": {"a", "b"}}, Headers: recording.Values{"Accept": {"*/*"}, "X-Two": {"1", "2"}},
		HeaderForm:     "x-two Host Accept X-Two:6Q==",
		Body:           recording.Body{Content: []byte(`{"a":"é\u0000"}`), Size: 20, Truncated: true, Redacted: true, Decoded: true},
		ResponseStatus: 503, ResponseHeaders: recording.Values{"Content-Type": {"text/plain"}}, ResponseHeaderForm: "content-TYPE", ResponseTrailers: recording.Values{"Grpc-Status": {"5"}},
		ResponseBody: recording.Body{Content: []byte{0xff, 0, 1, '\t', '\\', '\n'}, Size: 6}, GRPCStatus: &one, WebSocketClose: &goingAway,
		ResponseTimeMS: 12.5, UpstreamTimeMS: &upstream, FirstByteMS: &first, InjectedDelayMS: 2,
		ScenarioMode: "chaos", ScenarioVersion: 9, Rule: "half", Faults: []recording.Fault{{Kind: "latency", Detail: "2ms"}, {Kind: "error", Detail: "503"}},
		Failure: "client aborted", FailedBy: recording.ByClient, FailureKind: recording.FailureAborted, MockMatched: "stub", PluginExecuted: []string{"auth", "wasm, \"x\""}, Tags: []string{"replay"},
		Messages: []recording.Message{
			{Direction: "in", OffsetMS: 1, Kind: "text", Body: recording.Body{Content: []byte("hello"), Size: 5}},
			{Direction: "out", OffsetMS: 2.5, Kind: "binary", Body: recording.Body{Content: []byte{0, 1, 2}, Size: 9, Truncated: true}},
		},
	}
}

// Counts gives the counts of pairs of value and number.
func Counts(pairs ...any) []recording.Count {
	list := []recording.Count{}
	for pair := range slices.Chunk(pairs, 2) {
		list = append(list, recording.Count{Value: pair[0].(string), Count: int64(pair[1].(int))})
	}
	return list
}

// describe returns what a difference is told by.
func describe(r recording.Recording) string {
	return fmt.Sprintf("%d %s", int(r.ID[14])<<8|int(r.ID[15]), r.Path)
}
