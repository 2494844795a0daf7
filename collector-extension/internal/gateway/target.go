package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// targetBehind returns the target of r as it was sent, behind the path and the query of an upstream: what r.URL has of it is
// decoded, and not every target can be made of that again. It is empty where a plugin has changed the URL, which holds then.
func targetBehind(upstream *url.URL, r *http.Request) string {
	sent := recording.OriginForm(r.RequestURI)
	if sent == "" || sent != "*" && !same(sent, r.URL) {
		return ""
	}
	if sent == "*" {
		return sent // is about the server as a whole (RFC 9112 section 3.2.4)
	}
	base := strings.TrimSuffix(upstream.EscapedPath(), "/")
	if base == "" && upstream.RawQuery == "" {
		return sent
	}
	path, query, hasQuery := strings.Cut(sent, "?")
	target := base + path
	switch {
	case upstream.RawQuery != "" && query != "":
		return target + "?" + upstream.RawQuery + "&" + query
	case upstream.RawQuery != "":
		return target + "?" + upstream.RawQuery
	case hasQuery:
		return target + "?" + query
	}
	return target
}

// same reports whether a URL is still what a target in origin form comes to.
func same(target string, now *url.URL) bool {
	path, query, _ := strings.Cut(target, "?")
	if now.RawQuery != query {
		return false
	}
	decoded, err := url.PathUnescape(path)
	return err == nil && decoded == now.Path && (now.RawPath == "" || now.RawPath == path)
}
