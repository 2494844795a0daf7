package shop

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// webSocket sends a price tick a second and echoes what it is sent.
type webSocket struct {
	weather weather
}

func (s *webSocket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Any origin may connect: the demo API holds nothing that a foreign page could misuse.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, Subprotocols: []string{"shop.v1"}})
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(64 << 10)
	ctx, cancel := context.WithCancel(r.Context())
	ticked := make(chan struct{})
	go func() {
		defer close(ticked)
		s.tick(ctx, conn)
	}()
	defer func() {
		cancel()
		<-ticked
	}()
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if string(message) == "bye" {
			_ = conn.Close(websocket.StatusNormalClosure, "bye")
			return
		}
		if conn.Write(ctx, kind, message) != nil {
			return
		}
	}
}

func (s *webSocket) tick(ctx context.Context, conn *websocket.Conn) {
	for i := 1; ; i++ {
		if pause(ctx, time.Second) != nil {
			return
		}
		if conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"tick":%d,"product_id":"p-%d"}`, i, 1+i%10)) != nil {
			return
		}
	}
}
