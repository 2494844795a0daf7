package mockforgeextension

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	demoapi "github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shoppb"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// speak does one exchange of each protocol with the demo API, and returns what the client saw of each.
func speak(t *testing.T, address string) map[recording.Protocol]string {
	t.Helper()
	saw := map[recording.Protocol]string{}
	code, _ := get(t, "http://"+address+"/products")
	saw[recording.HTTP] = fmt.Sprint(code)

	_, body := send(t, "POST", "http://"+address+"/graphql", `{"query":"query Products { products { id } }"}`)
	saw[recording.GraphQL] = "data"
	if strings.Contains(body, `"errors"`) {
		saw[recording.GraphQL] = "errors"
	}

	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	stream, err := shoppb.NewShopClient(connection).Chat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// A refused stream tells by Recv.
	_ = stream.Send(&shoppb.ChatMessage{Text: "hello"})
	_ = stream.CloseSend()
	for err == nil {
		_, err = stream.Recv()
	}
	saw[recording.GRPC] = codes.OK.String()
	if s, isStatus := status.FromError(err); isStatus {
		saw[recording.GRPC] = s.Code().String()
	}

	conn, response, err := websocket.Dial(t.Context(), "ws://"+address+"/ws", nil)
	if err != nil {
		if response == nil {
			t.Fatal(err)
		}
		saw[recording.WebSocket] = fmt.Sprint(response.StatusCode)
		return saw
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("bye")); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = conn.Read(t.Context())
	}
	saw[recording.WebSocket] = fmt.Sprint(int(websocket.CloseStatus(err)))
	return saw
}

func TestTheDemoAPIIsForwardedHarmedRecordedAndCountedInAllItsProtocols(t *testing.T) {
	api, err := demoapi.Start(t.Context(), "127.0.0.1:0", demoapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Shutdown(context.Background()) })
	c := config(t, "http://"+api.Address())
	store := withDatabase(t, c, postgrestest.DSN(t))
	start(t, c)
	gateway, control := c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint

	direct, through := speak(t, api.Address()), speak(t, gateway)
	for protocol, want := range direct {
		if through[protocol] != want {
			t.Errorf("%s: %s through the gateway, %s directly", protocol, through[protocol], want)
		}
	}
	eventually(t, "the switch succeeds", func() bool {
		status, _ := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","error_rate":1,"status_codes":[503]}`)
		return status == http.StatusOK
	})
	eventually(t, "the error is in force", func() bool { status, _ := get(t, "http://"+gateway+"/health"); return status == 503 })
	harmed := speak(t, gateway)
	for protocol, want := range map[recording.Protocol]string{
		recording.HTTP: "503", recording.GraphQL: "errors", recording.GRPC: "Unavailable", recording.WebSocket: "503",
	} {
		if harmed[protocol] != want {
			t.Errorf("%s in error mode: %s, want %s", protocol, harmed[protocol], want)
		}
	}

	type want struct {
		operation string
		kinds     []string
		metric    string
	}
	for protocol, want := range map[recording.Protocol]want{
		recording.HTTP:      {metric: `mockforge_http_requests_total{gateway="shop",injected="true",method="GET",mode="error",route="/products",status="503"} 1`},
		recording.GraphQL:   {operation: "query Products", metric: `mockforge_graphql_requests_total{gateway="shop",injected="true",mode="error",operation_type="query",route="/graphql",status="200"} 1`},
		recording.GRPC:      {operation: "shop.v1.Shop/Chat", kinds: []string{"grpc", "grpc"}, metric: `mockforge_grpc_requests_total{gateway="shop",grpc_status="14",injected="true"`},
		recording.WebSocket: {kinds: []string{"text", "close", "close"}, metric: `mockforge_ws_connections_total{gateway="shop",injected="false",mode="healthy",route="/ws",status="101"} 1`},
	} {
		var page recording.Page
		eventually(t, string(protocol)+" is recorded", func() bool {
			page, err = store.Query(t.Context(), recording.Query{Filter: recording.Filter{Protocols: []recording.Protocol{protocol}}})
			injected := 0
			for _, r := range page.Recordings {
				if r.Injected() {
					injected++
				}
			}
			return err == nil && injected > 0 && injected < len(page.Recordings)
		})
		for _, r := range page.Recordings {
			if r.Operation != want.operation {
				t.Errorf("%s: operation %q, want %q", protocol, r.Operation, want.operation)
			}
			if r.Injected() {
				continue
			}
			full, err := store.Get(t.Context(), r.ID)
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, m := range full.Messages {
				kinds = append(kinds, m.Kind)
			}
			// A tick may have come in between.
			for _, kind := range want.kinds {
				if !slices.Contains(kinds, kind) {
					t.Errorf("%s: messages %v, want %v", protocol, kinds, want.kinds)
				}
			}
		}
		if _, metrics := get(t, "http://"+c.Prometheus.Endpoint+"/metrics"); !strings.Contains(metrics, want.metric) {
			t.Errorf("metrics lack %s", want.metric)
		}
	}
}

func TestWhatStaysOpenIsNotSlowForThat(t *testing.T) {
	for name, test := range map[string]struct {
		recording recording.Recording
		want      time.Duration
	}{
		"an answer":          {recording.Recording{Protocol: recording.HTTP, ResponseTimeMS: 90, FirstByteMS: new(20.0)}, 90 * time.Millisecond},
		"a WebSocket":        {recording.Recording{Protocol: recording.WebSocket, ResponseTimeMS: 60_000, FirstByteMS: new(20.0)}, 20 * time.Millisecond},
		"server-sent events": {recording.Recording{Protocol: recording.HTTP, ResponseTimeMS: 60_000, FirstByteMS: new(20.0), Messages: []recording.Message{{Kind: "event"}}}, 20 * time.Millisecond},
		"a gRPC stream":      {recording.Recording{Protocol: recording.GRPC, ResponseTimeMS: 90, FirstByteMS: new(20.0), Messages: []recording.Message{{Kind: "grpc"}}}, 90 * time.Millisecond},
		"no answer":          {recording.Recording{Protocol: recording.WebSocket, ResponseTimeMS: 90}, 90 * time.Millisecond},
	} {
		if got := latency(&test.recording); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
