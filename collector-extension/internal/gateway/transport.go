package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

// Transport sends requests to an upstream.
type Transport struct {
	http.RoundTripper
	close func()
	// direct is what sends requests of HTTP/1 where nothing stands before it, as authenticators do; nil where something does.
	direct *upstream.Transport
}

// Close closes the connections that are not in use.
func (t *Transport) Close() { t.close() }

// NewTransport makes the transport of an upstream. It takes from c what ToClient does, but for what would change
// bodies or headers on the way, and it speaks HTTP/2 without TLS where the client speaks gRPC, or always where the scheme of the
// endpoint is h2c.
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

	options := upstream.Options{
		HeaderTimeout: c.Timeout, IdleTimeout: standard.IdleConnTimeout, MaxIdle: maxIdle(standard), MaxConns: standard.MaxConnsPerHost,
		MaxHeaderBytes: maxResponseHeader, ReadBuffer: c.ReadBufferSize, WriteBuffer: c.WriteBufferSize,
		TLS: tlsConfig, HandshakeTimeout: standard.TLSHandshakeTimeout,
	}
	if c.ForceAttemptHTTP2 {
		options.HTTP2 = standard.HTTP2
	}
	direct := upstream.New(options)
	by := byProtocol{standard: standard, clear: clear, direct: direct}
	if by.proxied, err = proxied(standard, c.Endpoint); err != nil {
		return nil, err
	}
	var wrapped http.RoundTripper = by
	if to, err := url.Parse(c.Endpoint); err == nil && to.Scheme == schemeHTTP2 {
		clear.Proxy = nil // The environment's are for http and https.
		wrapped = priorKnowledge{clear}
	}
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
	made := &Transport{RoundTripper: wrapped, close: func() {
		standard.CloseIdleConnections()
		clear.CloseIdleConnections()
		direct.Close()
	}}
	if wrapped == http.RoundTripper(by) && !by.proxied && strings.HasPrefix(c.Endpoint, "http://") {
		made.direct = direct
	}
	return made, nil
}

// maxIdle returns how many connections a transport keeps, in the terms of package upstream.
func maxIdle(t *http.Transport) int {
	if t.DisableKeepAlives {
		return -1
	}
	return t.MaxIdleConnsPerHost
}

// proxied reports whether requests to endpoint go by way of a proxy, of the configuration or of the environment.
func proxied(t *http.Transport, endpoint string) (bool, error) {
	to, err := url.Parse(endpoint)
	if err != nil || t.Proxy == nil {
		return false, nil //nolint:nilerr // Who asks for the upstream says that its endpoint is none.
	}
	proxy, err := t.Proxy(&http.Request{URL: to})
	if err != nil {
		return false, fmt.Errorf("upstream::proxy_url: %w", err)
	}
	return proxy != nil, nil
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

// byProtocol sends gRPC over HTTP/2, which it needs, to an http upstream with prior knowledge, and to an https one that chooses it; other
// requests directly, over what an https upstream chooses. By way of a proxy net/http sends what is not gRPC without TLS.
type byProtocol struct {
	standard, clear, direct http.RoundTripper
	// proxied reports whether requests go by way of a proxy, which package upstream does not know.
	proxied bool
}

func (b byProtocol) RoundTrip(r *http.Request) (*http.Response, error) {
	grpc := r.ProtoMajor == 2 && isGRPC(r.Header)
	switch {
	case grpc && r.URL.Scheme == "http":
		return b.clear.RoundTrip(upstream.ForNetHTTP(r))
	case grpc || b.proxied:
		return b.standard.RoundTrip(upstream.ForNetHTTP(r))
	}
	return b.direct.RoundTrip(r)
}
