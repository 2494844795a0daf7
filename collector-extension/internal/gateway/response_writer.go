package gateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// FaultHeader is the response header that says what was injected.
const FaultHeader = "X-MockForge-Fault"

// responseWriter notes what the client gets. It is the only wrapper of ResponseWriters in the gateway, and leads to what
// it wraps, so that http.ResponseController works.
type responseWriter struct {
	http.ResponseWriter
	exchange *exchange
	// room is that of the exchange, nil where nothing of the body is kept, or nothing more.
	room      *capture.Room
	status    int
	size      int64
	firstByte time.Time
	body      []byte
	header    http.Header
	// record keeps the messages of the body where it is one of these, messages takes it apart for that; it is nil where that was
	// done before.
	record   *stream.Record
	messages *stream.Tap
	gathered gathered
	// headersOnly is whether the answer is a gRPC status in headers, behind which nothing may come but the end.
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
	w.status, w.firstByte = status, time.Now()
	header := w.ResponseWriter.Header()
	x := w.exchange
	w.headersOnly = x.rec.Protocol == recording.GRPC && header.Get("Grpc-Status") != ""
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
	if x.gateway.options.FaultHeader {
		if value := fault.Header(x.Injected()); value != "" {
			header.Set(FaultHeader, value)
		}
	}
	if x.capture {
		w.header = header.Clone()
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
	w.note(p[:n])
	w.wrote(n)
	return n, err
}

func (w *responseWriter) note(p []byte) {
	w.size += int64(len(p))
	if w.messages != nil {
		w.messages.Feed(p)
	}
	if w.room == nil || w.record != nil && w.exchange.rec.Protocol == recording.GRPC {
		return // The body of a call is made of its messages.
	}
	kept := w.room.Take(capture.ToClient, len(p))
	w.body = append(w.body, p[:kept]...)
	if kept < len(p) {
		w.room = nil // What comes behind a gap is not kept.
	}
}

// ReadFrom keeps the path by which net/http sends files and sockets without copying them, where nothing is captured.
func (w *responseWriter) ReadFrom(r io.Reader) (int64, error) {
	from, ok := w.ResponseWriter.(io.ReaderFrom)
	if !ok || w.room != nil || w.messages != nil {
		return io.Copy(writerOnly{w}, r)
	}
	// Not held: it takes its time, and net/http sends by itself what it is given.
	w.release(true)
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := from.ReadFrom(r)
	w.size += n
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
	if w.headersOnly && w.size == 0 {
		// Sent before the exchange is over, headers would not end the stream, and clients would miss its trailers.
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack is how the reverse proxy takes over a connection that was upgraded.
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

// snapshot is the response's headers as they were sent.
func (w *responseWriter) snapshot() http.Header {
	if w.header == nil && w.status == http.StatusSwitchingProtocols {
		return w.Header().Clone()
	}
	return w.header
}
