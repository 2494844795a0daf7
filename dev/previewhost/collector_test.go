package previewhost

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

func TestTheBackendAsksACollectorInPlaceOfADatabase(t *testing.T) {
	store, err := postgres.Open(postgrestest.DSN(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	collector := remotetest.Serve(t, store)
	dist, web := built(t)
	host, err := Start(t.Context(), Options{
		Dist: dist, Web: web, CollectorURL: collector, Token: remotetest.Token, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	if status, body := send(t, host, Viewer, "GET", api+"/health", ""); status != 200 || !strings.Contains(body, collector) {
		t.Errorf("health: %d %s", status, body)
	}
	if status, body := send(t, host, Editor, "PUT", api+"/resources/scenarios/mode", `{"mode":"degraded"}`); status != 200 || !strings.Contains(body, `"set_by":"editor"`) {
		t.Errorf("a switch: %d %s", status, body)
	}
	status, body := send(t, host, Admin, "GET", api+"/settings", "")
	if status != 200 || !strings.Contains(body, `"collectorUrl":"`+collector+`"`) || !strings.Contains(body, `"secureJsonFields":{"token":true}`) || strings.Contains(body, remotetest.Token) {
		t.Errorf("settings: %d %s; want the address, and that there is a token", status, body)
	}
}
