// Package hosts lets requests in by the host that they are sent to.
//
// A browser that has loaded a page of evil.example sends that page's requests to whatever address evil.example has now: a
// loopback one, once its owner has changed the name (DNS rebinding). For the browser they are of the page's own origin, so
// that neither CORS nor a comparison of Origin and Host keeps them out. They still say Host: evil.example. An address in
// Host cannot be changed that way, but only those are let in that are this server's own.
package hosts

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Guard knows the hosts of one listener: loopback names and addresses, the host of its own endpoint, the address that a
// connection has come in by, and those that its configuration allows. Ports do not matter, since they are mapped and
// forwarded, and a page cannot choose another one for its requests than its own.
type Guard struct {
	// Refused is called for each request that is answered with 421; nil is not to.
	Refused func()

	key      string
	names    []string
	suffixes []string
	addrs    []netip.Addr
}

// New makes the guard of the listener at endpoint, which is host:port. allowed are those of the configuration, which has
// them at key, and which Validate has checked.
func New(endpoint, key string, allowed []string) *Guard {
	g := &Guard{key: key}
	if host, _, err := net.SplitHostPort(endpoint); err == nil {
		allowed = append([]string{host}, allowed...)
	}
	for _, one := range allowed {
		suffix, wildcard := strings.CutPrefix(one, "*.")
		name, addr := parse(bracketed(suffix))
		switch {
		case addr.IsValid() && !wildcard && !addr.IsUnspecified():
			g.addrs = append(g.addrs, addr)
		case name != "" && wildcard:
			g.suffixes = append(g.suffixes, "."+name)
		case name != "":
			g.names = append(g.names, name)
		}
	}
	return g
}

// Validate says what is wrong with a host that cannot be allowed. The error is a *validation.Error without a field.
func Validate(host string) error {
	suffix, wildcard := strings.CutPrefix(host, "*.")
	name, addr := parse(bracketed(suffix))
	switch {
	case name == "" && (wildcard || !addr.IsValid()):
		return validation.Errorf("", "must be a host name, *.name or an IP address, without scheme, port and path, is %.80q", host)
	case addr.IsUnspecified():
		return validation.Errorf("", "must be an address that requests can be sent to, is %.80q", host)
	case wildcard && !strings.Contains(name, "."):
		return validation.Errorf("", "must have two names or more behind *., since anybody can have a name below one, is %.80q", host)
	}
	return nil
}

// bracketed writes a bare IPv6 address as it stands in an authority.
func bracketed(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		return "[" + host + "]"
	}
	return host
}

// Handler lets in what is for a host of g, and answers the rest with 421 (RFC 9110 section 15.5.20). CONNECT, which asks
// for a tunnel, is 405.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodConnect:
			w.Header().Set("Allow", "DELETE, GET, HEAD, OPTIONS, POST, PUT")
			api.Refuse(w, http.StatusMethodNotAllowed, "There are no tunnels here.")
		case !g.allows(r):
			if g.Refused != nil {
				g.Refused()
			}
			api.Refuse(w, http.StatusMisdirectedRequest, "The host of the request is none that is served here. Where it is a name of this collector, add it to "+g.key+".")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// allows reports whether a request may pass, by the authority that the request is for: of its target, else of Host or
// :authority, as net/http has it.
func (g *Guard) allows(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if _, socket := local.(*net.UnixAddr); socket {
		return true // No browser gets there, and there is no host to name.
	}
	name, addr := parse(withoutPort(r.Host))
	switch {
	case addr.IsValid():
		own, err := netip.ParseAddrPort(addressOf(local))
		return addr.IsLoopback() || slices.Contains(g.addrs, addr) || err == nil && own.Addr().Unmap().WithZone("") == addr
	case name == "localhost" || strings.HasSuffix(name, ".localhost"): // RFC 6761 section 6.3
		return true
	}
	return name != "" && (slices.Contains(g.names, name) ||
		slices.ContainsFunc(g.suffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) }))
}

func addressOf(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

// withoutPort returns the host of an authority (RFC 3986 section 3.2); empty where that is not host or host:port.
func withoutPort(authority string) string {
	colon := strings.LastIndexByte(authority, ':')
	if colon < 0 || strings.HasSuffix(authority, "]") {
		return authority
	}
	if !isPort(authority[colon+1:]) {
		return ""
	}
	return authority[:colon]
}

// parse tells a name, in lower case and without the dot at its end, from an address, without its zone: IPv6 ones are in
// brackets. Neither is there where host is something else.
func parse(host string) (name string, addr netip.Addr) {
	if inside, isAddress := strings.CutPrefix(host, "["); isAddress {
		inside, rest, closed := strings.Cut(inside, "]")
		addr, err := netip.ParseAddr(strings.Replace(inside, "%25", "%", 1)) // RFC 6874
		if err != nil || !closed || rest != "" || !addr.Is6() {
			return "", netip.Addr{}
		}
		return "", addr.Unmap().WithZone("")
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		return "", addr
	}
	if !isName(host) {
		return "", netip.Addr{}
	}
	return host, netip.Addr{}
}

func isPort(text string) bool {
	return len(text) <= 5 && strings.Trim(text, "0123456789") == ""
}

// maxName is the greatest length of a name in DNS (RFC 1035 section 2.3.4).
const maxName = 253

// isName reports whether host is labels of letters, digits, - and _, which names of containers have.
func isName(host string) bool {
	if host == "" || len(host) > maxName {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
