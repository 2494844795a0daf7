package consumers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
	"github.com/mockforge/mockforge-observability-app/dev/load/consumers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTraffic runs the real traffic against the real demo API until every frequent consumer was seen, with its name
// and a trace context on each request.
func TestTraffic(t *testing.T) {
	api, err := shop.NewHandler(shop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	want := []string{"web-shop", "mobile-app", "partner-batch", "account-service", "retry-happy"}
	seen := map[string]bool{}
	var mu sync.Mutex
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Get("Traceparent")) != 55 {
			t.Errorf("%s: traceparent %q", r.URL.Path, r.Header.Get("Traceparent"))
		}
		mu.Lock()
		seen[r.Header.Get("X-Consumer")] = true
		complete := true
		for _, name := range want {
			complete = complete && seen[name]
		}
		mu.Unlock()
		if complete {
			cancel()
		}
		api.ServeHTTP(w, r)
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	defer server.Close()

	var sent atomic.Int64
	if err := consumers.Run(ctx, consumers.Options{Target: server.Listener.Addr().String(), Rate: 2000, Sent: &sent}); err != nil {
		t.Fatal(err)
	}
	if sent.Load() < int64(len(want)) {
		t.Errorf("%d requests sent, by %d consumers", sent.Load(), len(seen))
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, options := range []consumers.Options{{Target: "nowhere", Rate: 1}, {Target: "127.0.0.1:1", Rate: 0}, {Target: "127.0.0.1:1", Rate: 1e6}} {
		if err := consumers.Run(t.Context(), options); err == nil {
			t.Errorf("%+v was accepted", options)
		}
	}
}
