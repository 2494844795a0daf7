package mockforgeextension

import (
	"context"
	"fmt"
	"math"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
)

// gatewayServer makes the server of a gateway from its configuration.
//
// The Collector puts handlers of its own in front, for what its servers can be configured to do with requests, and one
// that measures them. Where none has anything to do the gateway is asked directly: it measures by itself, and the
// others cost a quarter of all that it does for a short exchange (BenchmarkExchange).
func (m *mockforge) gatewayServer(ctx context.Context, c GatewayConfig, host component.Host, handler http.Handler) (*http.Server, error) {
	direct := passesAsItIs(c.Server) && len(c.Plugins) == 0
	server, err := c.Server.ToServer(ctx, host.GetExtensions(), m.gatewayTelemetry(), handler)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if direct {
		server.Handler = handler
	}
	return server, nil
}

// passesAsItIs reports whether a server gives requests to its handler as they come, for all that the Collector knows.
func passesAsItIs(c confighttp.ServerConfig) bool {
	return !c.Auth.HasValue() && !c.CORS.HasValue() && len(c.ResponseHeaders) == 0 && len(c.Middlewares) == 0 &&
		len(c.CompressionAlgorithms) == 0 && c.MaxRequestBodySize == math.MaxInt64 && !c.IncludeMetadata
}

// keepsAlive reports whether connections of clients are kept for their next requests.
func keepsAlive(c confighttp.ServerConfig) bool {
	//nolint:staticcheck // The Collector folds the keepalive section into this field for as long as it is deprecated.
	return c.Keepalive.HasValue() || c.KeepAlivesEnabled
}
