package gateway

import (
	"io"
	"net"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// webSocketUpstream is the upstream's side of a WebSocket, which ReverseProxy copies from and to: copying from it is what relays, both
// ways, until the connection has ended.
type webSocketUpstream struct {
	io.ReadWriteCloser
	exchange *exchange
}

// upgrade puts a webSocketUpstream in the place of the connection that a handshake was answered on.
func (x *exchange) upgrade(response *http.Response) {
	if response.StatusCode != http.StatusSwitchingProtocols || x.what.protocol != recording.WebSocket {
		return
	}
	if conn, ok := response.Body.(io.ReadWriteCloser); ok {
		x.upstream = &webSocketUpstream{conn, x}
		response.Body = x.upstream
	}
}

// WriteTo relays. The client's side is the one that was hijacked, whatever w is.
func (u *webSocketUpstream) WriteTo(w io.Writer) (int64, error) {
	if u.exchange.webSocket == nil {
		return io.Copy(w, struct{ io.Reader }{u.ReadWriteCloser})
	}
	u.exchange.webSocket.run(u.exchange.client)
	return 0, nil
}

// CloseWrite does nothing: that the client sends no more is told to the upstream while relaying.
func (*webSocketUpstream) CloseWrite() error { return nil }

// webSocketClient is the client's side of it, which has nothing to be read: it ends when the relay has.
type webSocketClient struct {
	net.Conn
	webSocket *webSocket
}

// Read waits for the end.
func (c webSocketClient) Read([]byte) (int, error) {
	<-c.webSocket.relay.Over()
	return 0, io.EOF
}

// CloseWrite does nothing: that the upstream sends no more is told to the client while relaying.
func (webSocketClient) CloseWrite() error { return nil }

// Close ends the connection.
func (c webSocketClient) Close() error {
	c.webSocket.end()
	return nil
}
