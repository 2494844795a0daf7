package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"golang.org/x/net/http/httpguts"
)

// liveWriteTimeout is how long a client may take to read one update before it is given up.
const liveWriteTimeout = 10 * time.Second

// serveLive sends updates until the client leaves or the stream ends.
func (h *handler) serveLive(w http.ResponseWriter, r *http.Request) error {
	if !isWebSocket(r) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		return problem(http.StatusUpgradeRequired, "The path speaks WebSocket only.", "")
	}
	conn, err := websocket.Accept(w, r, nil) // of its own origin only
	if err != nil {
		return nil // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }() // closed before, where that was possible in good order
	ctx := conn.CloseRead(r.Context())     // clients send nothing; this answers pings and notices their leaving
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates := h.Live(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case update, open := <-updates:
			if !open {
				_ = conn.Close(websocket.StatusGoingAway, "the server is shutting down")
				return nil
			}
			write, done := context.WithTimeout(ctx, liveWriteTimeout)
			err := wsjson.Write(write, conn, update)
			done()
			if err != nil {
				return nil // the client is gone or too slow
			}
		}
	}
}

func isWebSocket(r *http.Request) bool {
	return httpguts.HeaderValuesContainsToken(r.Header["Upgrade"], "websocket")
}
