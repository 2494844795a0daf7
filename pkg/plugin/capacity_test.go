package plugin

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// Searches that hang are bounded, and keep nobody from stopping.
func TestSearchesThatHangHoldNothingUp(t *testing.T) {
	dsn := postgrestest.DSN(t)
	app := newApp(t, dsn+"&statement_timeout=0")
	if got := call(t, app, "Viewer", "POST", "/recordings/query", "{}"); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	postgrestest.Lock(t, dsn, "recorded_requests")
	ctx, leave := context.WithCancel(t.Context())
	const searches = 40
	statuses := make(chan int, searches)
	for range searches {
		go func() {
			status := 0
			_ = app.CallResource(ctx, &backend.CallResourceRequest{
				Method: "POST", Path: "recordings/query", URL: "recordings/query", Body: []byte("{}"),
				PluginContext: backend.PluginContext{User: &backend.User{Login: "vi", Role: "Viewer"}},
			}, backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
				if r.Status != 0 {
					status = r.Status
				}
				return nil
			}))
			statuses <- status
		}()
	}
	refused := 0
	for range searches - 20 { // 4 work and 16 wait
		select {
		case status := <-statuses:
			if status == http.StatusServiceUnavailable {
				refused++
			}
		case <-time.After(20 * time.Second):
			t.Fatal("too many wait")
		}
	}
	if refused != searches-20 {
		t.Errorf("%d are refused", refused)
	}
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/scenarios/mode", ""}, {"POST", "/scenarios/stop", ""}, {"PUT", "/scenarios/mode", `{"mode":"healthy"}`}, {"GET", "/instances", ""},
	} {
		if got := call(t, app, "Editor", c.method, c.path, c.body); got.status != http.StatusOK {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.body)
		}
	}
	leave()
	for range 20 {
		<-statuses
	}
}
