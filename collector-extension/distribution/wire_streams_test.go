package main

import (
	"compress/zlib"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// Server-sent events end their lines in any of three ways, and comments are none.
func TestServerSentEventsAreMessages(t *testing.T) {
	streams := map[string][]string{ // the messages
		"event: a\r\ndata: 1\r\n\r\n: comment\r\n\r\ndata: 2\r\ndata: 3\r\n\r\n": {"event: a\r\ndata: 1\r\n\r\n", "data: 2\r\ndata: 3\r\n\r\n"},
		"data: 1\n\n:\n\ndata: 2\n\n":                                            {"data: 1\n\n", "data: 2\n\n"},
		"data: 1\r\rdata: 2\r\r":                                                 {"data: 1\r\r", "data: 2\r\r"},
		"data: 1\r\n\ndata: 2\n\r\n":                                             {"data: 1\r\n\n", "data: 2\n\r\n"},
		"\xef\xbb\xbfdata: 1\r\n\r\n":                                            {"data: 1\r\n\r\n"}, // The mark before it is no part of it.

		"\r\n\r\n\r\n": {},
	}
	names := []string{}
	for stream := range streams {
		names = append(names, stream)
	}
	u := startUpstream(t, func(conn net.Conn, r *sent) bool {
		stream := names[r.field("X-Case")[0]-'0']
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
		for i := range len(stream) { // Line ends are torn apart.
			_, _ = io.WriteString(conn, stream[i:i+1])
		}
		return false
	})
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		for i, stream := range names {
			at := string(rune('0' + i))
			answer := w.talk(t, gateway, "GET /"+gateway+"/"+at+" HTTP/1.0\r\nHost: shop\r\nX-Case: "+at+"\r\n\r\n")
			if !strings.HasSuffix(answer, "\r\n\r\n"+stream) {
				t.Errorf("%s: %q came as %q", gateway, stream, answer)
			}
			r := w.one(t, `{"path":"/`+gateway+"/"+at+`"}`)
			got := []string{}
			for _, m := range r.Messages {
				got = append(got, string(m.Body.Content))
			}
			if !slices.EqualFunc(got, streams[stream], func(a, b string) bool { return strings.TrimRight(a, "\r\n") == strings.TrimRight(b, "\r\n") }) {
				t.Errorf("%s: %q is recorded as %q", gateway, stream, got)
			}
		}
	}
}

// deflater is the compression that gRPC calls deflate, which grpc-go does not bring.
type deflater struct{}

func (deflater) Name() string                                 { return "deflate" }
func (deflater) Compress(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }
func (deflater) Decompress(r io.Reader) (io.Reader, error)    { return zlib.NewReader(r) }

func TestDeflatedMessagesAreRecorded(t *testing.T) {
	encoding.RegisterCompressor(deflater{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	checks := health.NewServer()
	checks.SetServingStatus("shop", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, checks)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	w := startWire(t, postgrestest.DSN(t), "", gatewayOf{name: "grpc", upstream: "http://" + listener.Addr().String()}, gatewayOf{name: "h2c", upstream: "h2c://" + listener.Addr().String()})
	for gateway, address := range w.gateways {
		client, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := healthpb.NewHealthClient(client).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "shop"}, grpc.UseCompressor("deflate"))
		_ = client.Close()
		if err != nil || answer.Status != healthpb.HealthCheckResponse_SERVING {
			t.Fatalf("%s: %v %v", gateway, answer, err)
		}
		r := w.one(t, `{"gateways":["`+gateway+`"]}`)
		var asked healthpb.HealthCheckRequest
		var answered healthpb.HealthCheckResponse
		if len(r.Messages) != 2 || proto.Unmarshal(r.Messages[0].Body.Content, &asked) != nil || proto.Unmarshal(r.Messages[1].Body.Content, &answered) != nil || asked.Service != "shop" || answered.Status != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%s: recorded %+v", gateway, r.Messages)
		}
		if replay, text := w.replay(t, r.ID.String(), `{}`); !replay.Diff.Equal {
			t.Errorf("%s: %s", gateway, text)
		}
	}
}

var live = regexp.MustCompile(`(?m)^mockforge_(?:http|grpc|graphql|ws|request|errors|injected|chaos|connections|active|plugin|recorder_recordings|recorder_dropped)\w*(?:\{.*\})? \S+$`)

// figures are what /metrics says of live traffic.
func (w *wire) figures(t *testing.T) string {
	t.Helper()
	_, text := call(t, "GET", w.metrics, "", "")
	return strings.Join(live.FindAllString(text, -1), "\n")
}

// A replay under a scenario is of nobody's traffic, whatever the scenario and the recording ask for.
func TestReplaysUnderScenariosLeaveTheLiveFiguresAlone(t *testing.T) {
	u := startUpstream(t, says(ok))
	w := startWire(t, postgrestest.DSN(t), "", gatewayOf{name: "shop", upstream: "http://" + u.address, more: "      fault_requests: { enabled: true }\n"})
	answer := w.talk(t, "shop", "GET / HTTP/1.1\r\nHost: shop\r\nbaggage: mockforge.fault=error=418@others\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
		t.Fatalf("%q", answer)
	}
	w.talk(t, "shop", "GET /wished HTTP/1.1\r\nHost: shop\r\nbaggage: mockforge.fault=error=418\r\nConnection: close\r\n\r\n")
	recordings := w.recorded(t, `{}`, 2)
	eventually(t, "both are counted, and their connections are gone", func() bool {
		return w.metric(t, "mockforge_http_requests_total") == 2 && w.metric(t, "mockforge_active_connections") == 0 && w.metric(t, "mockforge_recorder_recordings_total") == 2
	})
	before := w.figures(t)
	for _, r := range recordings {
		for scenario, want := range map[string]string{
			`{"mode":"healthy"}`:                                                `"status":200`,
			`{"mode":"error","status_codes":[503]}`:                             `"status":503`,
			`{"mode":"error","faults":[{"kind":"refuse"}]}`:                     `"failure":"`,
			`{"mode":"error","faults":[{"kind":"reset"}]}`:                      `"failure":"`,
			`{"mode":"error","faults":[{"kind":"close"}]}`:                      `"failure":"`,
			`{"mode":"error","faults":[{"kind":"rate_limit","limit":0}]}`:       `"status":429`,
			`{"mode":"error","faults":[{"kind":"latency","delay_ms":1}]}`:       `"status":200`,
			`{"mode":"error","faults":[{"kind":"timeout","timeout_ms":1}]}`:     `"status":504`,
			`{"mode":"error","faults":[{"kind":"error","status_codes":[429]}]}`: `"status":429`,
		} {
			if _, text := w.replay(t, r.ID.String(), `{"scenario":`+scenario+`}`); !strings.Contains(text[strings.Index(text, `"replayed"`):], want) {
				t.Errorf("%s under %s: %s", r.Path, scenario, text)
			}
		}
	}
	if after := w.figures(t); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
