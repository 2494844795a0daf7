package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
)

// Transport sends requests to an upstream.
type Transport struct {
	http.RoundTripper
	idle []*http.Transport
}

// Close closes the connections that are not in use.
func (t *Transport) Close() {
	for _, transport := range t.idle {
		transport.CloseIdleConnections()
	}
}

// NewTransport makes the transport of an upstream. It takes from c what ToClient does, but for what would change
// bodies or headers on the way, and it speaks HTTP/2 without TLS where the client speaks gRPC.
func NewTransport(ctx context.Context, c confighttp.ClientConfig, extensions map[component.ID]component.Component) (*Transport, error) {
	standard := http.DefaultTransport.(*http.Transport).Clone()
	// Else the transport would ask for gzip by itself, and decompress what the client must decompress.
	standard.DisableCompression = true
	standard.ResponseHeaderTimeout = c.Timeout
	standard.MaxResponseHeaderBytes = maxResponseHeader
	tlsConfig, err := c.TLS.LoadTLSConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("upstream::tls: %w", err)
	}
	if tlsConfig != nil {
		standard.TLSClientConfig = tlsConfig
	}
	if c.ProxyURL != "" {
		proxy, err := url.ParseRequestURI(c.ProxyURL)
		if err != nil {
			return nil, fmt.Errorf("upstream::proxy_url: %w", err)
		}
		standard.Proxy = http.ProxyURL(proxy)
	}
	standard.ReadBufferSize, standard.WriteBufferSize = c.ReadBufferSize, c.WriteBufferSize
	standard.ForceAttemptHTTP2 = c.ForceAttemptHTTP2
	standard.HTTP2 = &http.HTTP2Config{SendPingTimeout: c.HTTP2ReadIdleTimeout, PingTimeout: c.HTTP2PingTimeout}
	keepalive(standard, c)

	clear := standard.Clone()
	clear.Protocols = new(http.Protocols)
	clear.Protocols.SetUnencryptedHTTP2(true)

	var wrapped http.RoundTripper = byProtocol{standard: standard, clear: clear}
	for _, m := range slices.Backward(c.Middlewares) {
		wrap, err := m.GetHTTPClientRoundTripper(ctx, extensions)
		if err != nil {
			return nil, fmt.Errorf("upstream::middlewares: %w", err)
		}
		if wrapped, err = wrap(ctx, wrapped); err != nil {
			return nil, fmt.Errorf("upstream::middlewares: %w", err)
		}
	}
	if auth := c.Auth.Get(); auth != nil {
		authenticator, err := auth.GetHTTPClientAuthenticator(ctx, extensions)
		if err != nil {
			return nil, fmt.Errorf("upstream::auth: %w", err)
		}
		if wrapped, err = authenticator.RoundTripper(wrapped); err != nil {
			return nil, fmt.Errorf("upstream::auth: %w", err)
		}
	}
	return &Transport{RoundTripper: wrapped, idle: []*http.Transport{standard, clear}}, nil
}

func keepalive(t *http.Transport, c confighttp.ClientConfig) {
	// The Collector folds the keepalive section into these fields for as long as they are deprecated.
	//nolint:staticcheck // see above
	t.DisableKeepAlives, t.IdleConnTimeout = c.DisableKeepAlives, c.IdleConnTimeout
	//nolint:staticcheck // see above
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = c.MaxIdleConns, c.MaxIdleConnsPerHost, c.MaxConnsPerHost
	if set := c.Keepalive.Get(); set != nil {
		t.DisableKeepAlives, t.IdleConnTimeout = false, set.IdleConnTimeout
		t.MaxIdleConns, t.MaxIdleConnsPerHost = set.MaxIdleConns, set.MaxIdleConnsPerHost
	}
	if t.MaxIdleConnsPerHost == 0 {
		// All connections of a gateway lead to one host: net/http's default of 2 would open a new one for most requests.
		t.MaxIdleConnsPerHost = max(t.MaxIdleConns, 100)
	}
}

// byProtocol sends gRPC to an http upstream over HTTP/2 with prior knowledge, since gRPC needs HTTP/2, and everything
// else as the upstream negotiates it.
type byProtocol struct {
	standard, clear http.RoundTripper
}

func (b byProtocol) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" && r.ProtoMajor == 2 && isGRPC(r.Header) {
		return b.clear.RoundTrip(r)
	}
	return b.standard.RoundTrip(r)
}
