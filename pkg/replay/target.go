package replay

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Target is where the recordings of a gateway are sent. It comes from configuration, never from a recording.
type Target struct {
	// BaseURL is the upstream's, http or https, with a path before that of requests where it has one.
	BaseURL string
	// Transport sends requests, with the upstream's TLS settings; nil is a plain one without proxy. It must not decompress
	// (http.Transport.DisableCompression), and gets each request once: redirects are not followed.
	Transport http.RoundTripper
}

// Targets resolves gateways.
type Targets interface {
	// Target returns where the recordings of a gateway go. The error is a *validation.Error where the gateway is not
	// configured (any more).
	Target(ctx context.Context, gateway string) (Target, error)
}

// TargetsFunc is a function as Targets.
type TargetsFunc func(ctx context.Context, gateway string) (Target, error)

// Target calls f.
func (f TargetsFunc) Target(ctx context.Context, gateway string) (Target, error) {
	return f(ctx, gateway)
}

// base parses the base URL. Errors do not repeat it, since it may hold a password.
func (t Target) base() (*url.URL, error) {
	u, err := url.Parse(t.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, validation.Errorf("gateway", "must have an upstream that is an http or https URL")
	}
	return u, nil
}

// resolve appends the path of a recording to that of the base URL. Nothing in path or query can change scheme or host.
func resolve(base *url.URL, path string, query url.Values) *url.URL {
	u := *base
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	prefix := strings.TrimSuffix(base.EscapedPath(), "/")
	plain := strings.TrimSuffix(base.Path, "/")
	if decoded, err := url.PathUnescape(path); err == nil && strings.Contains(path, "%") {
		u.Path, u.RawPath = plain+decoded, prefix+path
	} else {
		u.Path, u.RawPath = plain+path, ""
	}
	u.RawQuery = query.Encode()
	return &u
}
