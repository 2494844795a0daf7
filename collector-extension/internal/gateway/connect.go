package gateway

import (
	"net/http"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// detect tells the protocol. Whatever CONNECT looks like, it is no gRPC call and no GraphQL operation: these are refused
// with 200, and an answer of 2xx to CONNECT opens a tunnel for all proxies in between (RFC 9110 section 9.3.6). So neither
// faults nor mocks answer it, and it is the last request of its connection.
func (x *exchange) detect(r *http.Request) detected {
	if r.Method != http.MethodConnect {
		return detect(r, x.gateway.persisted, x.gateway.options.Upgrades)
	}
	x.last = x.last || r.ProtoMajor == 1
	return detected{protocol: recording.HTTP}
}

// refuseTunnel answers CONNECT: a gateway has one upstream, and leads nowhere else.
func (x *exchange) refuseTunnel(r *http.Request) {
	x.Fail(core.TunnelRefused)
	answer(x.writer, r, x.what, http.StatusNotImplemented, "Gateway "+x.gateway.options.Name+" opens no tunnels.")
}
