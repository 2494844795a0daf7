package remote

import (
	"context"
	"errors"
	"net/http"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// maxUpdate bounds one message of the live stream, in bytes.
const maxUpdate = 1 << 20

// errEnded is a stream that its collector has ended, since it stops.
var errEnded = errors.New("the stream of live figures has ended")

// Updates calls send with what the live stream of the collector tells, until ctx ends or the stream does.
func (s *Store) Updates(ctx context.Context, send func(traffic.Update)) error {
	header := http.Header{}
	if s.token != "" {
		header.Set("Authorization", "Bearer "+s.token)
	}
	conn, response, err := websocket.Dial(ctx, s.base.JoinPath("/ws/metrics").String(), &websocket.DialOptions{HTTPClient: s.client, HTTPHeader: header})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return s.refused(response)
		}
		return s.away(ctx, err)
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxUpdate)
	for {
		var update traffic.Update
		reading, done := context.WithTimeout(ctx, silence)
		err := wsjson.Read(reading, conn, &update)
		done()
		switch {
		case websocket.CloseStatus(err) == websocket.StatusGoingAway:
			return s.away(ctx, errEnded)
		case err != nil:
			return s.away(ctx, err)
		}
		send(update)
	}
}
