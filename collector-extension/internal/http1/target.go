package http1

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// plainPath are the bytes of paths that are the same decoded and encoded.
var plainPath = field.Table(field.Letters + field.Digits + "-_.~$&+,/:;=@")

// parseTarget returns what a target comes to as a URL (RFC 9112 section 3.2): a path with a query, an absolute URL of http or
// https, or the asterisk of OPTIONS; plain is where those are put that are simple. That of CONNECT is a host and a port; whether
// it gets a tunnel is the handler's to say.
func parseTarget(method, target string, plain *url.URL) (*url.URL, error) {
	switch {
	case method == http.MethodConnect && target[0] != '/' && !strings.Contains(target, "://"):
		if host, port, err := net.SplitHostPort(target); err != nil || host == "" || port == "" || !httpguts.ValidHostHeader(target) {
			return nil, malformed("the target %q is no host and port", field.Clip(target))
		}
		return &url.URL{Host: target}, nil
	case target == "*":
		if method != http.MethodOptions {
			return nil, malformed("the target * is for OPTIONS only")
		}
		return &url.URL{Path: "*"}, nil
	case target[0] == '/':
		if parsePlain(target, plain) {
			return plain, nil
		}
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, malformed("the target %q is none", field.Clip(target))
	}
	if target[0] != '/' {
		known := u.Scheme == "http" || u.Scheme == "https"
		if !known || u.Host == "" || u.User != nil || !httpguts.ValidHostHeader(u.Host) {
			return nil, malformed("the target %q is neither a path nor a URL of http", field.Clip(target))
		}
	}
	return u, nil
}

// parsePlain is parseTarget for paths of which nothing is encoded, as most are; it reports whether this is one.
func parsePlain(target string, u *url.URL) bool {
	for i := range len(target) {
		switch c := target[i]; {
		case plainPath[c]:
		case c == '?':
			query := target[i+1:]
			*u = url.URL{Path: target[:i], RawQuery: query, ForceQuery: query == ""}
			return true
		default:
			return false
		}
	}
	*u = url.URL{Path: target}
	return true
}

// cutRequestLine takes "GET /path HTTP/1.1" apart; minor is that of HTTP/1.x.
func cutRequestLine(line string) (method, target string, minor int, err error) {
	method, rest, ok := strings.Cut(line, " ")
	if !ok || !field.IsToken(method) {
		return "", "", 0, malformed("it begins with %q instead of a method", field.Clip(line))
	}
	target, version, ok := strings.Cut(rest, " ")
	if !ok || !field.IsTarget(target) {
		return "", "", 0, malformed("its request line is %q", field.Clip(line))
	}
	switch version {
	case "HTTP/1.1":
		return method, target, 1, nil
	case "HTTP/1.0":
		return method, target, 0, nil
	}
	if len(version) == len("HTTP/1.1") && version[:5] == "HTTP/" && version[6] == '.' {
		return "", "", 0, refusedWith(http.StatusHTTPVersionNotSupported, "its version is "+version)
	}
	return "", "", 0, malformed("its version is %q", field.Clip(version))
}
