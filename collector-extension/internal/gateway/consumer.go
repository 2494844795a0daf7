package gateway

import (
	"net"
	"net/http"
	"strings"
)

// maxConsumer bounds the length of a client identity in bytes.
const maxConsumer = 128

// consumer is who calls: the configured header, else the first product of the user agent and the address.
func (g *Gateway) consumer(r *http.Request) string {
	if g.options.ConsumerHeader != "" {
		if name := r.Header.Get(g.options.ConsumerHeader); name != "" {
			return clip(name)
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	agent, _, _ := strings.Cut(r.UserAgent(), " ")
	if agent == "" {
		return host
	}
	return clip(agent + " " + host)
}

// clip bounds a value from outside, and keeps it valid UTF-8, which databases and metrics insist on.
func clip(s string) string { return clipTo(s, maxConsumer) }

func clipTo(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}
