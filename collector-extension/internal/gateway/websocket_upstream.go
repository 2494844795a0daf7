package gateway

import (
	"errors"
	"io"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// webSocketUpstream is the upstream's side of a WebSocket: what is written to it are the client's frames.
type webSocketUpstream struct {
	io.ReadWriteCloser
	conn *webSocketConn
}

// upgrade puts a webSocketUpstream in the place of the connection that a handshake was answered on.
func (x *exchange) upgrade(response *http.Response) {
	if response.StatusCode != http.StatusSwitchingProtocols || x.what.protocol != recording.WebSocket {
		return
	}
	if conn, ok := response.Body.(io.ReadWriteCloser); ok {
		x.upstream = &webSocketUpstream{ReadWriteCloser: conn}
		response.Body = x.upstream
	}
}

// Read gives the upstream's frames. The end of a connection that is refused is in good order, however it comes: the client
// is still to be told why.
func (u *webSocketUpstream) Read(p []byte) (int, error) {
	n, err := u.ReadWriteCloser.Read(p)
	if err != nil && u.conn != nil && u.conn.refused.Load() {
		err = io.EOF
	}
	return n, err
}

func (u *webSocketUpstream) Write(p []byte) (int, error) {
	if u.conn == nil {
		return u.ReadWriteCloser.Write(p)
	}
	u.conn.heed()
	if err := u.conn.in.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// CloseWrite ends the upstream's direction only, as RFC 9293 section 3.6 allows.
func (u *webSocketUpstream) CloseWrite() error {
	if half, ok := u.ReadWriteCloser.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
