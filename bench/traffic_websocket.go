package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/coder/websocket"
)

// socketWay is a WebSocket, on which each message comes back.
type socketWay struct {
	conn *websocket.Conn
	sent []byte
}

func dialWebSocket(ctx context.Context, address string) (way, error) {
	conn, response, err := websocket.Dial(ctx, "ws://"+address+pathSocket, nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil, errors.Join(fmt.Errorf("answered %s", response.Status), conn.CloseNow())
	}
	return &socketWay{conn, bytes.Repeat([]byte("x"), messageSize)}, nil
}

func (w *socketWay) exchange(ctx context.Context) (int, error) {
	if err := w.conn.Write(ctx, websocket.MessageBinary, w.sent); err != nil {
		return 0, err
	}
	kind, got, err := w.conn.Read(ctx)
	if err != nil {
		return 0, err
	}
	if kind != websocket.MessageBinary || !bytes.Equal(got, w.sent) {
		return 0, fmt.Errorf("sent %d bytes, got %d of %s, or others", len(w.sent), len(got), kind)
	}
	return 1, nil
}

func (w *socketWay) close() { _ = w.conn.Close(websocket.StatusNormalClosure, "") }

// echoSocket sends each message back.
func echoSocket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // It has answered.
	}
	defer conn.CloseNow()
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if err := conn.Write(r.Context(), kind, message); err != nil {
			return
		}
	}
}
