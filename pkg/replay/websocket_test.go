package replay

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// TestTheUpstreamClosesWhereItDid has an upstream that takes its time to close: the client's own close, which was the
// answer to the upstream's when it was recorded, must not come first.
func TestTheUpstreamClosesWhereItDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		listener := &oneConnection{conn: far, closed: make(chan struct{})}
		server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			_, _, _ = c.Read(r.Context())
			time.Sleep(time.Second)
			_ = c.Close(4002, "")
		})}
		go func() { _ = server.Serve(listener) }()
		defer server.Close()
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
		p, err := New(TargetsFunc(func(context.Context, string, string) (Target, error) {
			return Target{BaseURL: "http://shop.test", Transport: transport}, nil
		}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		code := 4001
		r := recording.Recording{
			ID: id, Gateway: "shop", Protocol: recording.WebSocket, Method: http.MethodGet, Path: "/ws", ResponseStatus: 101, WebSocketClose: &code,
			Messages: []recording.Message{
				{Direction: "in", Kind: "text", Body: recording.Body{Content: []byte("enough"), Size: 6}},
				{Direction: "out", Kind: "close"},
				{Direction: "in", Kind: "close"},
			},
		}
		result, err := p.Replay(t.Context(), r, Overrides{})
		if err != nil || result.WebSocketClose == nil || *result.WebSocketClose != 4002 {
			t.Errorf("got %+v, %v, want that it was closed with 4002", result, err)
		}
	})
}

// oneConnection is a listener that has one connection to give.
type oneConnection struct {
	conn   net.Conn
	given  bool
	closed chan struct{}
}

func (l *oneConnection) Accept() (net.Conn, error) {
	if l.given {
		<-l.closed
		return nil, net.ErrClosed
	}
	l.given = true
	return l.conn, nil
}

func (l *oneConnection) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *oneConnection) Addr() net.Addr { return l.conn.LocalAddr() }
