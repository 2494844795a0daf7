package mockforgeextension

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// host is a Collector with extensions.
type host struct {
	component.Host
	extensions map[component.ID]component.Component
}

func (h host) GetExtensions() map[component.ID]component.Component { return h.extensions }

func hostWith(extensions map[component.ID]component.Component) host {
	return host{componenttest.NewNopHost(), extensions}
}

// nothing is a component that is no middleware.
type nothing struct {
	component.StartFunc
	component.ShutdownFunc
}

// fragile is a middleware that panics where it is asked to.
type fragile struct{ nothing }

func (fragile) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/panic") {
				panic("hunter2")
			}
			w.Header().Set("X-Fragile", "yes")
			next.ServeHTTP(w, r)
		}), nil
	}, nil
}

func TestAPluginThatCannotBeChainedFailsTheStartAndNamesItsKey(t *testing.T) {
	there := map[component.ID]component.Component{component.MustNewID("nothing"): nothing{}}
	for name, want := range map[string]string{
		"absent":    `gateways::0: plugins::0: failed to resolve middleware "absent": middleware not found`,
		"nothing":   "gateways::0: plugins::0: requested extension is not an HTTP server middleware",
		"mockforge": "gateways::0: plugins::0: must be another extension",
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, shop(t))
			c.Gateways[0].Plugins = []component.ID{component.MustNewID(name)}
			e := made(t, c)
			if name == "mockforge" {
				c.Gateways[0].Plugins = []component.ID{e.(*mockforge).settings.ID}
			}
			if err := e.Start(t.Context(), hostWith(there)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want it to say %q", err, want)
			}
		})
	}
}

func TestPluginsAreStartedFirst(t *testing.T) {
	c := config(t, shop(t))
	c.Gateways[0].Plugins = []component.ID{component.MustNewID("header_stamp")}
	e := made(t, c).(*mockforge)
	if got := e.Dependencies(); len(got) != 1 || got[0] != c.Gateways[0].Plugins[0] {
		t.Errorf("dependencies are %v", got)
	}
}

func TestPluginsAreCountedRecordedAndShown(t *testing.T) {
	c := config(t, shop(t))
	store := withDatabase(t, c, postgrestest.Server(t).DSN())
	id := component.MustNewIDWithName("fragile", "1")
	c.Gateways[0].Plugins = []component.ID{id}
	e := made(t, c)
	if err := e.Start(t.Context(), hostWith(map[component.ID]component.Component{id: fragile{}})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	gateway := "http://" + c.Gateways[0].Server.NetAddr.Endpoint
	if status, body := get(t, gateway+"/panic"); status != 500 || strings.Contains(body, "hunter2") {
		t.Errorf("while the plugin panics: %d %s", status, body)
	}
	if status, _ := get(t, gateway+"/users/1"); status != 200 {
		t.Errorf("after that: %d", status)
	}
	_, metrics := get(t, "http://"+c.Prometheus.Endpoint+"/metrics")
	for _, want := range []string{
		`mockforge_plugin_executions_total{gateway="shop",plugin="fragile/1"} 2`,
		`mockforge_plugin_errors_total{gateway="shop",plugin="fragile/1"} 1`,
		`mockforge_plugin_execution_duration_seconds_count{gateway="shop",plugin="fragile/1"} 2`,
		`kind="plugin"`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	eventually(t, "both are recorded with the plugin", func() bool {
		page, err := store.Query(t.Context(), recording.Query{})
		if err != nil || len(page.Recordings) != 2 {
			return false
		}
		for _, r := range page.Recordings {
			if len(r.PluginExecuted) != 1 || r.PluginExecuted[0] != "fragile/1" {
				t.Fatalf("recorded plugins %v", r.PluginExecuted)
			}
		}
		return true
	})
	eventually(t, "the live figures tell it", func() bool {
		_, body := get(t, "http://"+c.Control.NetAddr.Endpoint+"/traffic")
		return strings.Contains(body, `"by_plugin":[{"name":"fragile/1"`)
	})
}
