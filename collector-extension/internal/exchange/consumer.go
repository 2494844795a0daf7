package exchange

import (
	"net"
	"net/http"
	"strings"
)

// maxConsumer bounds the length of a client identity in bytes.
const maxConsumer = 128

// Consumer returns who calls: the configured header, else the first product of the user agent and the address, which exporters
// do not have.
func (t *Terms) Consumer(header http.Header, address string) string {
	if t.ConsumerHeader != "" {
		if name := header.Get(t.ConsumerHeader); name != "" {
			return Clip(name, maxConsumer)
		}
	}
	agent, _, _ := strings.Cut(header.Get("User-Agent"), " ")
	host := Host(address)
	switch "" {
	case agent:
		return Clip(host, maxConsumer)
	case host:
		return Clip(agent, maxConsumer)
	}
	return Clip(agent+" "+host, maxConsumer)
}

// Host returns an address without its port.
func Host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// Clip bounds a value from outside to limit bytes, and keeps it valid UTF-8, which databases and metrics insist on.
func Clip(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}
