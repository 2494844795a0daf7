package gateway

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Limits bound what clients can make a gateway hold. The zero value of each is no limit, or that of net/http.
type Limits struct {
	// MaxConnections is how many connections can be open, WebSockets among them. Those above are closed at once.
	MaxConnections int
	// MaxHeaderBytes bounds the request line and the headers of a request; what is larger is answered with 431.
	MaxHeaderBytes int
	// MaxStreams is how many requests a connection of HTTP/2 may have at once.
	MaxStreams int
	// MaxMessageBytes is how large a message of a WebSocket or a gRPC call may be, in either direction, as it is sent:
	// compressed where it is. A WebSocket with a larger one is closed with 1009, a call ends with RESOURCE_EXHAUSTED.
	MaxMessageBytes int
}

// maxResponseHeader bounds the headers of an upstream's answer, in bytes; what is larger is answered with 502.
const maxResponseHeader = 1 << 20

// fullSilence is how long a gateway that is full is not logged again; the connections are counted.
const fullSilence = time.Minute

func (l Limits) apply(server *http.Server) {
	server.MaxHeaderBytes = l.MaxHeaderBytes
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: l.MaxStreams}
}

// limitedListener closes connections above the limit as they come. It hands the others on as they are: net/http looks for
// connections of TLS.
type limitedListener struct {
	net.Listener
	gateway *Gateway
	// logged is when the limit was logged last, in nanoseconds of Unix time.
	logged atomic.Int64
}

func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		limit := l.gateway.options.Limits.MaxConnections
		// The server counts a connection before it accepts the next.
		if err != nil || limit == 0 || l.gateway.Active() < int64(limit) {
			return conn, err
		}
		l.turnedAway()
		conn.Close()
	}
}

func (l *limitedListener) turnedAway() {
	o := l.gateway.options
	if o.TurnedAway != nil {
		o.TurnedAway()
	}
	if now, last := time.Now().UnixNano(), l.logged.Load(); now-last > int64(fullSilence) && l.logged.CompareAndSwap(last, now) {
		o.Logger.Warn("a gateway has as many connections as it may: others are closed. Raise limits::max_connections, or look for a client that leaks them",
			"gateway", o.Name, "limit", o.Limits.MaxConnections)
	}
}
