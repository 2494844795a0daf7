package previewhost

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

const (
	// rerun is the pause before a stream that ended by an error is run again.
	rerun = time.Second
	// queueLength is how many messages wait for one browser; one that is slower loses the connection, and comes back.
	queueLength = 64
	// maxChannels bounds what one browser may listen to.
	maxChannels = 32
	// writeTimeout bounds the sending of one message.
	writeTimeout = 10 * time.Second
)

// order is what a browser sends.
type order struct {
	Action  string `json:"action"` // subscribe or unsubscribe
	Channel string `json:"channel"`
}

// notice is what a browser gets.
type notice struct {
	Kind    string          `json:"kind"` // subscribed, refused, message or ended
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data,omitempty"`
	Error   string          `json:"error,omitempty"`
}

// live stands in for Grafana Live: it asks the backend for each subscription, and runs each channel's stream once for
// all who listen to it.
type live struct {
	life context.Context
	host *Host

	mu      sync.Mutex
	streams map[string]*stream
	running sync.WaitGroup
}

type stream struct {
	listeners map[*listener]struct{}
	stop      context.CancelFunc
}

// listener is one browser's connection.
type listener struct {
	queue chan notice
	drop  context.CancelFunc
}

func newLive(life context.Context, host *Host) *live {
	return &live{life: life, host: host, streams: map[string]*stream{}}
}

// wait blocks until all streams have ended; the context they live in must have ended before.
func (l *live) wait() { l.running.Wait() }

func (l *listener) send(n notice) {
	select {
	case l.queue <- n:
	default:
		l.drop()
	}
}

// join adds a listener to a channel, and runs the channel's stream for the first.
func (l *live) join(p *plugin, channel, path string, who *listener, role Role) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.streams[channel]
	if s == nil {
		ctx, stop := context.WithCancel(l.life)
		s = &stream{listeners: map[*listener]struct{}{}, stop: stop}
		l.streams[channel] = s
		l.running.Go(func() { l.run(ctx, s, p, channel, path, role) })
	}
	s.listeners[who] = struct{}{}
}

// leave takes a listener from a channel, and ends the channel's stream after the last.
func (l *live) leave(channel string, who *listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.streams[channel]
	if s == nil {
		return
	}
	delete(s.listeners, who)
	if len(s.listeners) == 0 {
		s.stop()
		delete(l.streams, channel)
	}
}

func (l *live) publish(s *stream, n notice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who := range s.listeners {
		who.send(n)
	}
}

// run keeps a channel's stream going: as in Grafana, one that ends by an error is run again, one that ends without is over.
func (l *live) run(ctx context.Context, s *stream, p *plugin, channel, path string, role Role) {
	defer s.stop()
	for {
		err := l.runOnce(ctx, s, p, channel, path, role)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			break
		}
		l.host.logger.Debug("A live stream ended, running it again", "channel", channel, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(rerun):
		}
	}
	l.publish(s, notice{Kind: "ended", Channel: channel})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams[channel] == s {
		delete(l.streams, channel)
	}
}

func (l *live) runOnce(ctx context.Context, s *stream, p *plugin, channel, path string, role Role) error {
	open, err := p.process.connect()
	if err != nil {
		return err
	}
	packets, err := open.streams.RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: l.host.pluginContext(p, role), Path: path})
	if err != nil {
		return err
	}
	for {
		packet, err := packets.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		l.publish(s, notice{Kind: "message", Channel: channel, Data: packet.GetData()})
	}
}

// serveLive is the page's connection: orders in, notices out.
func (h *Host) serveLive(w http.ResponseWriter, r *http.Request) {
	connection, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer connection.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	who := &listener{queue: make(chan notice, queueLength), drop: cancel}
	var writing sync.WaitGroup
	writing.Go(func() {
		defer cancel()
		for {
			select {
			case <-ctx.Done():
				return
			case n := <-who.queue:
				patience, done := context.WithTimeout(ctx, writeTimeout)
				err := wsjson.Write(patience, connection, n)
				done()
				if err != nil {
					return
				}
			}
		}
	})
	defer writing.Wait()
	defer cancel()

	joined := map[string]struct{}{}
	defer func() {
		for channel := range joined {
			h.live.leave(channel, who)
		}
	}()
	role := h.roleOf(r)
	for {
		var o order
		if err := wsjson.Read(ctx, connection, &o); err != nil {
			return
		}
		switch _, in := joined[o.Channel]; {
		case o.Action == "unsubscribe" && in:
			h.live.leave(o.Channel, who)
			delete(joined, o.Channel)
		case o.Action == "subscribe" && in:
			who.send(notice{Kind: "subscribed", Channel: o.Channel})
		case o.Action == "subscribe" && len(joined) >= maxChannels:
			who.send(notice{Kind: "refused", Channel: o.Channel, Error: "too many channels"})
		case o.Action == "subscribe":
			if h.subscribe(ctx, o.Channel, who, role) {
				joined[o.Channel] = struct{}{}
			}
		}
	}
}

// subscribe reports whether, by the backend's word, the user may listen to a channel, "plugin/<id>/<path>" or "ds/<uid>/<path>".
func (h *Host) subscribe(ctx context.Context, channel string, who *listener, role Role) bool {
	refused := func(reason string) bool {
		who.send(notice{Kind: "refused", Channel: channel, Error: reason})
		return false
	}
	scope, rest, _ := strings.Cut(channel, "/")
	id, path, _ := strings.Cut(rest, "/")
	p := h.plugin(id)
	if (scope != "plugin" && scope != "ds") || p == nil || p.process == nil || path == "" {
		return refused("not found")
	}
	open, err := p.process.connect()
	if err != nil {
		return refused("plugin unavailable")
	}
	reply, err := open.streams.SubscribeStream(ctx, &pluginv2.SubscribeStreamRequest{PluginContext: h.pluginContext(p, role), Path: path})
	if err != nil {
		h.logger.Error("The plugin's backend could not be asked for a subscription", "channel", channel, "error", err)
		return refused("plugin unavailable")
	}
	switch reply.GetStatus() {
	case pluginv2.SubscribeStreamResponse_OK:
		who.send(notice{Kind: "subscribed", Channel: channel, Data: reply.GetData()})
		h.live.join(p, channel, path, who, role)
		return true
	case pluginv2.SubscribeStreamResponse_PERMISSION_DENIED:
		return refused("permission denied")
	default:
		return refused("not found")
	}
}
