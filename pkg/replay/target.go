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
