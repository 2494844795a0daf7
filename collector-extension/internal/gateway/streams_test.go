package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestServerSentEventsAreRecordedAsMessages(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, event := range []string{"data: one\n\n", "event: b\ndata: two\n\n"} {
			_, _ = io.WriteString(w, event)
			_ = http.NewResponseController(w).Flush()
		}
	})
	g := serve(t, u.URL)
	if got := do(t, client(t, false), request(t, "GET", g.URL+"/events", "")); string(got.Body) != "data: one\n\nevent: b\ndata: two\n\n" {
		t.Errorf("got %q", got.Body)
	}
	r := g.next(t)
	if len(r.Messages) != 2 || said(r.Messages[0]) != "out event data: one\n" || said(r.Messages[1]) != "out event event: b\ndata: two\n" {
		t.Errorf("recorded %+v", r.Messages)
	}
}

func TestCompressedGRPCMessagesAreRecordedReadable(t *testing.T) {
	server := grpc.NewServer()
	checks := health.NewServer()
	checks.SetServingStatus("shop", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, checks)
	u := upstream(t, server.ServeHTTP)
	t.Cleanup(server.Stop)
	g := serve(t, u.URL)
	if _, err := healthpb.NewHealthClient(connect(t, g.Addr)).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "shop"}, grpc.UseCompressor(gzip.Name)); err != nil {
		t.Fatal(err)
	}
	r := g.next(t)
	if len(r.Messages) != 2 || len(r.Body.Content) != 0 {
		t.Fatalf("recorded %d messages, body %q", len(r.Messages), r.Body.Content)
	}
	var asked healthpb.HealthCheckRequest
	if err := proto.Unmarshal(r.Messages[0].Body.Content, &asked); err != nil || asked.Service != "shop" || !r.Messages[0].Body.Decoded {
		t.Errorf("recorded request %v (%v)", &asked, err)
	}
}

func TestAnEventStreamEndsAfterEvents(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; r.Context().Err() == nil; i++ {
			_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
		}
	})
	for kind, ends := range map[scenario.FaultKind]bool{scenario.FaultClose: true, scenario.FaultError: true, scenario.FaultReset: false} {
		t.Run(string(kind), func(t *testing.T) {
			g := serve(t, u.URL, inForce(scenario.Definition{Behavior: listed(scenario.Fault{Kind: kind, AfterMessages: new(2)})}))
			response, err := client(t, false).Do(request(t, "GET", g.URL+"/events", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if ends && (err != nil || string(body) != "data: 0\n\ndata: 1\n\n") || !ends && err == nil {
				t.Errorf("got %q (%v)", body, err)
			}
			if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != string(kind) {
				t.Errorf("recorded %v", r.Faults)
			}
		})
	}
}
