package middleware

import (
	"net"
	"net/http"
	"strings"
)

// maxConsumer bounds the length of a client identity in bytes.
const maxConsumer = 128

// consumer is who sends: the configured header, else the first product of the user agent and the address. Exporters
// have no address.
func (r *running) consumer(header http.Header, address string) string {
	if r.ConsumerHeader != "" {
		if name := header.Get(r.ConsumerHeader); name != "" {
			return clip(name)
		}
	}
	agent, _, _ := strings.Cut(header.Get("User-Agent"), " ")
	return clip(strings.TrimSpace(agent + " " + host(address)))
}

func host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// clip bounds a value from outside, and keeps it valid UTF-8, which databases and metrics insist on.
func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxConsumer)], "")
}
