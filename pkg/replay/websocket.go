package replay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// messagePatience is how long a message of the upstream is waited for beyond its recorded time.
	messagePatience = 2 * time.Second
	// closeNormal and closeGoingAway may be sent by a client; noStatus and abnormal stand for what was not sent (RFC 6455,
	// section 7.4.1).
	closeNormal = 1000
	noStatus    = 1005
	abnormal    = 1006
)

// webSocketHeaders are those of the handshake, which each connection makes anew.
var webSocketHeaders = []string{
	"Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Sec-Websocket-Accept", "Content-Length",
}

// wholeWebSocket says why a conversation cannot be had again, nil where it can.
func wholeWebSocket(r recording.Recording) error {
	if len(r.Messages) >= maxMessages {
		return validation.Errorf("messages", "must be recorded whole to be sent again, which those of more than %d are not", maxMessages-1)
	}
	for i, m := range messagesOf(r.Messages, fromClient, "text", "binary") {
		if m.Body.Truncated || m.Body.Redacted {
			return validation.Errorf("messages", "must be recorded whole and without redacted parts to be sent again, number %d of the client's is not", i+1)
		}
	}
	return nil
}

// conversation is one that is had again.
type conversation struct {
	recorded []recording.Message
	start    time.Time
	// got are the upstream's messages; room is how many bytes more of them are kept.
	got  []recording.Message
	room int64
	// code is what the connection was closed with, 0 while it is open.
	code int
}

// converse opens a WebSocket and says what the client said, each message when the upstream's messages that were before it
// have come, or when they are overdue. It fills in result.
func (p *Replayer) converse(ctx context.Context, transport http.RoundTripper, request *http.Request, r recording.Recording, result *Result) error {
	header := request.Header.Clone()
	for _, name := range webSocketHeaders {
		header.Del(name)
	}
	var protocols []string
	for _, value := range canonical(r.Headers)["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(value, ",") {
			protocols = append(protocols, strings.TrimSpace(name))
		}
	}
	connection, response, err := websocket.Dial(ctx, request.URL.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: toTarget{transport, request.RequestURI}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		HTTPHeader: header, Host: request.Host, Subprotocols: protocols,
	})
	result.FirstByteMS = p.since(result.SentAt)
	if response != nil {
		result.Status, result.Headers = response.StatusCode, values(response.Header)
	}
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			result.Body, err = p.read(response) // an answer, if not the hoped for one
		}
		return err
	}
	defer func() { _ = connection.CloseNow() }()
	connection.SetReadLimit(p.options.MaxResponseBytes)
	c := conversation{recorded: r.Messages, start: time.Now(), room: p.options.MaxResponseBytes}
	err = c.talk(ctx, connection, r.WebSocketClose)
	result.Messages = c.got
	if c.code != 0 {
		code := c.code
		result.WebSocketClose = &code
	}
	return err
}

// talk goes through the recorded messages in order.
func (c *conversation) talk(ctx context.Context, connection *websocket.Conn, code *int) error {
	incoming := make(chan recording.Message)
	ended := make(chan error, 1)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	go func() { ended <- read(reading, connection, c.start, incoming) }()
	expected, byClient, closing := 0, 0, false
	for _, m := range c.recorded {
		switch {
		case m.Direction == toClient && (m.Kind == "text" || m.Kind == "binary"):
			expected++
		case m.Kind == "close" && closing: // the other side's answer to a close is a close too
		case m.Kind == "close":
			if closing = true; m.Direction != fromClient {
				continue
			}
			byClient = closeNormal
			if code != nil {
				byClient = *code
			}
		case m.Direction == fromClient && (m.Kind == "text" || m.Kind == "binary"):
			if err := c.await(ctx, expected, m.OffsetMS, incoming, ended); err != nil || c.code != 0 {
				return err
			}
			kind := websocket.MessageText
			if m.Kind == "binary" {
				kind = websocket.MessageBinary
			}
			if err := connection.Write(ctx, kind, m.Body.Content); err != nil {
				return c.end(err)
			}
		}
	}
	last := 0.0
	if n := len(c.recorded); n > 0 {
		last = c.recorded[n-1].OffsetMS
	}
	if byClient == 0 && code != nil && *code != abnormal {
		expected = maxMessages // it was the upstream that ended it
	}
	if err := c.await(ctx, expected, last, incoming, ended); err != nil || c.code != 0 {
		return err
	}
	if byClient == 0 || byClient == noStatus || byClient == abnormal {
		byClient = closeNormal
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = connection.Close(websocket.StatusCode(byClient), "") // how it ended is what the reader says
	}()
	for {
		select {
		case m := <-incoming:
			c.take(m)
		case err := <-ended:
			<-closed
			if c.code = byClient; websocket.CloseStatus(err) > 0 {
				c.code = int(websocket.CloseStatus(err))
			}
			return nil
		}
	}
}

// await waits until the upstream has sent n messages, until they are overdue by what was recorded, or until the end.
func (c *conversation) await(ctx context.Context, n int, offsetMS float64, incoming <-chan recording.Message, ended <-chan error) error {
	overdue := time.NewTimer(time.Until(c.start.Add(time.Duration(offsetMS*float64(time.Millisecond)) + messagePatience)))
	defer overdue.Stop()
	for len(c.got) < n {
		select {
		case m := <-incoming:
			c.take(m)
		case err := <-ended:
			return c.end(err)
		case <-overdue.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// take keeps a message, or as much of it as there is room for.
func (c *conversation) take(m recording.Message) {
	if len(c.got) >= maxMessages {
		return
	}
	if int64(len(m.Body.Content)) > c.room {
		m.Body.Content, m.Body.Truncated = m.Body.Content[:c.room], true
	}
	c.room -= int64(len(m.Body.Content))
	c.got = append(c.got, m)
}

// end notes how the connection ended.
func (c *conversation) end(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	if c.code = int(websocket.CloseStatus(err)); c.code < 0 {
		c.code = abnormal
	}
	return nil
}

// read passes the upstream's messages on until there are no more.
func read(ctx context.Context, connection *websocket.Conn, start time.Time, into chan<- recording.Message) error {
	for {
		kind, content, err := connection.Read(ctx)
		if err != nil {
			return err
		}
		m := recording.Message{
			Direction: toClient, Kind: "text", OffsetMS: float64(time.Since(start).Microseconds()) / 1000, Body: recording.Body{Content: content, Size: int64(len(content))},
		}
		if kind == websocket.MessageBinary {
			m.Kind = "binary"
		}
		select {
		case into <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
