package mockforgeextension

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
)

// Connections of clients are kept unless the server is told not to, in any of the ways that the Collector has for that.
func TestConnectionsAreKeptUnlessTheServerIsToldNotTo(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer upstream.Close()
	for name, test := range map[string]struct {
		set  func(*confighttp.ServerConfig)
		kept bool
	}{
		"by default": {func(*confighttp.ServerConfig) {}, true},
		"by the section": {func(c *confighttp.ServerConfig) {
			c.Keepalive = configoptional.Some(confighttp.NewDefaultKeepaliveServerConfig())
		}, true},
		"not": {func(c *confighttp.ServerConfig) {
			c.Keepalive = configoptional.None[confighttp.KeepaliveServerConfig]()
			c.KeepAlivesEnabled = false //nolint:staticcheck // The Collector folds the section into it.
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, upstream.URL)
			test.set(&c.Gateways[0].Server)
			e := made(t, c)
			if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = e.Shutdown(t.Context()) }()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.Gateways[0].Server.NetAddr.Endpoint, nil)
			if err != nil {
				t.Fatal(err)
			}
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.Close == test.kept {
				t.Errorf("the connection closes: %v", response.Close)
			}
		})
	}
}
