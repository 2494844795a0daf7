package mockforgeextension

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// hostOf says which Host header an upstream gets, the client's where preserve is true, and why: as it is set, else by a guess.
//
// What stands in front of one's own service keeps the client's host: origins are checked against it, redirects and cookies are
// made of it. Who serves many names over https to everybody needs to be asked for one of its own.
func hostOf(upstream *url.URL, set *bool) (preserve bool, why string) {
	switch host := strings.ToLower(strings.TrimSuffix(upstream.Hostname(), ".")); {
	case set != nil:
		return *set, "preserve_host is set"
	case upstream.Scheme != "https":
		return true, "the upstream has no TLS"
	case isOwnAddress(host):
		return true, "the upstream has an address that is not public"
	case isOwnName(host):
		return true, "the upstream has a name that is not public"
	}
	return false, "the upstream has TLS and a public name"
}

// sharedAddresses are the addresses of carriers and of overlay networks (RFC 6598).
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

func isOwnAddress(host string) bool {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	address = address.Unmap()
	return address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast() || address.IsUnspecified() || sharedAddresses.Contains(address)
}

// ownDomains are for names that are not delegated to anybody: RFC 6761, RFC 6762, RFC 8375, ICANN's internal, and those that
// networks of containers, service meshes and routers use.
var ownDomains = []string{"localhost", "test", "local", "home.arpa", "internal", "svc", "consul", "localdomain", "lan"}

// isOwnName reports whether a host name means something within a network only: no dot, one of ownDomains, or that of a
// Kubernetes service in a cluster with a domain of its own (name.namespace.svc.example.com). An address is no name.
func isOwnName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	labels := strings.Split(host, ".")
	return len(labels) == 1 || len(labels) > 3 && labels[2] == "svc" ||
		slices.ContainsFunc(ownDomains, func(domain string) bool { return strings.HasSuffix(host, "."+domain) })
}

// sayHost tells in the log which Host header an upstream gets; what are more attributes of it.
func (m *mockforge) sayHost(gateway string, preserve bool, why string, what ...any) {
	message := "the upstream sees its own Host"
	if preserve {
		message = "the upstream sees the Host of the client"
	}
	m.log.Info(message, append([]any{"gateway", gateway, "because", why}, what...)...)
}
