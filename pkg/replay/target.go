package replay

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Target is where the recordings of a gateway are sent. It comes from configuration, never from a recording.
type Target struct {
	// BaseURL is the upstream's, http or https, with a path before that of requests where it has one.
	BaseURL string
	// Transport sends requests, with the upstream's TLS settings; nil is a plain one without proxy. It must not decompress
	// (http.Transport.DisableCompression), and gets each request once: redirects are not followed.
	Transport http.RoundTripper
	// PreserveHost sends the Host header as it was recorded; else it is that of BaseURL.
	PreserveHost bool
	// Under puts the faults of a definition in front; nil where that is not possible.
	Under func(context.Context, scenario.Definition) (Harmed, error)
}

// Harmed is a transport that leads to a target through the faults of a scenario.
type Harmed interface {
	http.RoundTripper
	// Injected tells what was done to a request that has been answered, and how long it was held up for that, in
	// milliseconds. It may be called once for each.
	Injected(ctx context.Context, request *http.Request) (faults []recording.Fault, delayMS float64)
	Close()
}

// Targets resolves gateways.
type Targets interface {
	// Target returns where the recordings of a gateway go: to its own upstream where name is empty, else to the target of
	// that name in its configuration. The error is a *validation.Error where there is none.
	Target(ctx context.Context, gateway, name string) (Target, error)
}

// TargetsFunc is a function as Targets.
type TargetsFunc func(ctx context.Context, gateway, name string) (Target, error)

// Target calls f.
func (f TargetsFunc) Target(ctx context.Context, gateway, name string) (Target, error) {
	return f(ctx, gateway, name)
}

// base parses the base URL. Errors do not repeat it, since it may hold a password.
func (t Target) base() (*url.URL, error) {
	u, err := url.Parse(t.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, validation.Errorf("gateway", "must have an upstream that is an http or https URL")
	}
	return u, nil
}

// resolve appends the target of a recording to the path and the query of the base URL, as gateways do. Nothing in it can change
// scheme or host. The URL has it as far as a URL can; sent has every byte of it, for transports that send RequestURI.
func resolve(base *url.URL, target recording.Target) (u *url.URL, sent string) {
	u = &url.URL{Scheme: base.Scheme, Host: base.Host}
	if target == "*" {
		u.Opaque = "*"
		return u, "*"
	}
	path, query, hasQuery := strings.Cut(string(target), "?")
	path = strings.TrimSuffix(base.EscapedPath(), "/") + path
	switch {
	case base.RawQuery != "" && query != "":
		query = base.RawQuery + "&" + query
	case base.RawQuery != "":
		query, hasQuery = base.RawQuery, true
	}
	sent = path
	if hasQuery {
		sent += "?" + query
	}
	u.Path, u.RawPath = path, ""
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	u.RawQuery, u.ForceQuery = query, hasQuery && query == ""
	return u, sent
}

// byURL sends requests with a transport that does not know RequestURI. In an URL a target may be opaque, and so stays as it is;
// only one that begins with two slashes and cannot be said as a path has to be absolute.
type byURL struct{ http.RoundTripper }

func (t byURL) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.RequestURI == "" || r.URL.RequestURI() == r.RequestURI {
		return t.RoundTripper.RoundTrip(r)
	}
	path, query, hasQuery := strings.Cut(r.RequestURI, "?")
	at := &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Opaque: path, RawQuery: query, ForceQuery: hasQuery && query == ""}
	if strings.HasPrefix(path, "//") {
		at.Opaque = "//" + r.URL.Host + path
	}
	sent := r.WithContext(r.Context())
	sent.URL = at
	return t.RoundTripper.RoundTrip(sent)
}

// toTarget sends the requests of a client, which may not have a RequestURI of their own, with one.
type toTarget struct {
	http.RoundTripper
	target string
}

func (t toTarget) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.WithContext(r.Context())
	sent.RequestURI = t.target
	return t.RoundTripper.RoundTrip(sent)
}
