package gateway

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// FaultHeader is the response header that says what was injected.
const FaultHeader = core.FaultHeader

// responseWriter notes what the client gets. It is the only wrapper of ResponseWriters in the gateway, and leads to what
// it wraps, so that http.ResponseController works.
type responseWriter struct {
	http.ResponseWriter
	exchange *exchange
	status   int
	header   http.Header
	// record keeps the messages of the body where it is one of these, messages takes it apart for that; it is nil where that was
	// done before.
	record   *stream.Record
	messages *stream.Tap
	gathered gathered
	// writeFailed reports whether something could not be written: the client is gone.
	writeFailed bool
	// headersOnly reports whether the answer is a gRPC status in headers, behind which nothing may come but the end.
	headersOnly bool
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Header is not read while a flush is at it.
func (w *responseWriter) Header() http.Header {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	return w.ResponseWriter.Header()
}

// answered returns the status of the answer that has begun, 0 where none has. A plugin may be answering while what it has passed on
// still runs.
func (w *responseWriter) answered() int {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	return w.status
}

// fullDuplex has the answer sent before the body of the request was read, unless it has begun.
func (w *responseWriter) fullDuplex() {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	if w.status == 0 {
		w.exchange.duplex = http.NewResponseController(w.ResponseWriter).EnableFullDuplex() == nil
	}
}

// isBlank reports whether no header was set, by asking the server: its Header would make one.
func isBlank(w http.ResponseWriter) bool {
	server, ok := w.(interface{ Blank() bool })
	return ok && server.Blank()
}

// saysClose reports whether a handler before the gateway has said that the connection is closed behind the answer.
func saysClose(w http.ResponseWriter) bool {
	return !isBlank(w) && w.Header().Get("Connection") == "close"
}

func (w *responseWriter) WriteHeader(status int) {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	if status < 200 {
		// Connections are switched by Hijack. What comes here is 101 as one of the informational answers of HTTP/2, which has none.
		if status != http.StatusSwitchingProtocols {
			w.ResponseWriter.WriteHeader(status)
		}
		return
	}
	begins := w.status == 0
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
	if begins {
		w.hold()
	}
}

// begin is called when the final status is known, before it is sent. Only here may headers of ours be added: what was
// set before would be sent with informational responses, and removed after them.
func (w *responseWriter) begin(status int) {
	if w.status != 0 {
		return
	}
	x := w.exchange
	w.status = status
	x.Answered()
	header := w.ResponseWriter.Header()
	w.headersOnly = x.what.protocol == recording.GRPC && header.Get("Grpc-Status") != ""
	if x.last && status != http.StatusSwitchingProtocols {
		header.Set("Connection", "close")
	}
	if x.duplex && !x.body.whole() {
		// net/http cannot use a connection again on which it has answered before the end of the request.
		header.Set("Connection", "close")
	}
	for _, name := range x.Removed() {
		if _, ok := header[name]; !ok {
			// Else net/http sets some that are missing.
			header[name] = nil
		}
	}
	if value := x.FaultHeaderValue(); value != "" {
		header.Set(FaultHeader, value)
	}
	if x.Captured {
		w.header = copyHeader(header)
		if x.what.protocol == recording.GRPC {
			x.Out.Skip() // The body of a call is made of its messages.
		}
		if w.record = x.recorded; w.record == nil {
			var split stream.Splitter
			if w.record, split = x.recordOf(w.header); w.record != nil {
				w.messages = stream.NewTap(split, w.record)
			}
		}
	}
}

func (w *responseWriter) Write(p []byte) (int, error) {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	w.writeFailed = w.writeFailed || err != nil && !errors.Is(err, http.ErrBodyNotAllowed) && !errors.Is(err, http.ErrContentLength)
	w.note(p[:n])
	w.wrote(n)
	return n, err
}

func (w *responseWriter) note(p []byte) {
	w.exchange.Out.Add(p)
	if w.messages != nil {
		w.messages.Feed(p)
	}
}

// ReadFrom keeps the path by which net/http sends files and sockets without copying them, where nothing is captured.
func (w *responseWriter) ReadFrom(r io.Reader) (int64, error) {
	from, ok := w.ResponseWriter.(io.ReaderFrom)
	if !ok || w.exchange.Out.Keeps() || w.messages != nil {
		return io.Copy(writerOnly{w}, r)
	}
	// Not held: it takes its time, and net/http sends by itself what it is given.
	w.release(true)
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := from.ReadFrom(r)
	w.exchange.Out.Count(n)
	return n, err
}

type writerOnly struct{ io.Writer }

// Flush is for callers that look for http.Flusher.
func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is for http.ResponseController.
func (w *responseWriter) FlushError() error {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	w.letGo()
	return w.flush()
}

func (w *responseWriter) flush() error {
	if w.headersOnly && w.exchange.Out.Size() == 0 {
		// Sent before the exchange is over, headers would not end the stream, and clients would miss its trailers.
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack returns how tunnel takes over a connection that was upgraded.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.begin(http.StatusSwitchingProtocols)
		w.header = nil
		w.exchange.gateway.connected(1)
		if x := w.exchange; x.upstream != nil {
			x.webSocket = newWebSocket(conn, buffered.Reader, x)
			x.gateway.remember(x.webSocket)
			return webSocketClient{conn, x.webSocket}, buffered, nil
		}
		conn = &upgradedConn{Conn: conn, reader: buffered.Reader, gateway: w.exchange.gateway}
	}
	return conn, buffered, err
}

// snapshot returns the response's headers as they were sent.
func (w *responseWriter) snapshot() http.Header {
	if w.header == nil && w.status == http.StatusSwitchingProtocols {
		return w.Header().Clone()
	}
	return w.header
}
