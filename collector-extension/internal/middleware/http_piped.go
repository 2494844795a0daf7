package middleware

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
)

// maxShort is how many bytes an answer may have whose length is announced although the handler does not, as net/http does.
const maxShort = 2 << 10

// pipedWriter makes an answer that faults can change of what a handler writes.
type pipedWriter struct {
	header http.Header
	pipe   *io.PipeWriter
	// status and sent are what the handler has said; start are the first bytes, while they are held back to learn whether
	// there are others.
	status int
	sent   http.Header
	start  []byte
	// begun is closed when the answer begins: what is above is not the handler's any more then. whole reports whether start is
	// all of it.
	begun chan struct{}
	begin sync.Once
	whole bool
}

func (w *pipedWriter) Header() http.Header { return w.header }

func (w *pipedWriter) WriteHeader(status int) {
	// Informational answers are left out.
	if status >= 200 && w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *pipedWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	select {
	case <-w.begun:
		return w.pipe.Write(p)
	default:
	}
	if len(w.start)+len(p) <= maxShort {
		w.start = append(w.start, p...)
		return len(p), nil
	}
	w.Flush()
	return w.pipe.Write(p)
}

// Flush begins the answer; its parts are passed on as they come from then on.
func (w *pipedWriter) Flush() {
	w.WriteHeader(http.StatusOK)
	w.begin.Do(func() { close(w.begun) })
}

// end is called when the handler has returned.
func (w *pipedWriter) end() {
	w.WriteHeader(http.StatusOK)
	w.begin.Do(func() {
		w.whole = true
		close(w.begun)
	})
	w.pipe.Close()
}

// serveHarmed lets next answer, and w gets what faults make of that.
func (x *exchange) serveHarmed(next http.Handler, w http.ResponseWriter, r *http.Request) error {
	reader, writer := io.Pipe()
	piped := &pipedWriter{header: http.Header{}, pipe: writer, begun: make(chan struct{})}
	// Who wraps the middleware may have set headers already.
	for name, values := range w.Header() {
		piped.header[name] = values
	}
	panicked := make(chan any, 1)
	go func() {
		defer func() {
			cause := recover()
			if cause != nil {
				writer.CloseWithError(io.ErrUnexpectedEOF)
			} else {
				piped.end()
			}
			panicked <- cause
		}()
		next.ServeHTTP(piped, r)
	}()
	var over any
	ended := false
	select {
	case <-piped.begun:
	case over = <-panicked:
		ended = true
	}
	var err error
	if over == nil {
		err = x.passOn(r.Context(), w, r, piped, reader)
	}
	// What the handler still writes is for nobody; it must be over before the server goes on with the connection.
	reader.CloseWithError(http.ErrAbortHandler)
	if !ended {
		over = <-panicked
	}
	if over != nil && err == nil {
		panic(over)
	}
	return err
}

// passOn harms the answer that has begun and sends it.
func (x *exchange) passOn(ctx context.Context, w http.ResponseWriter, r *http.Request, from *pipedWriter, body io.ReadCloser) error {
	body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(from.start), body), body}
	response := &http.Response{
		StatusCode: from.status, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor, Header: from.sent, Body: body,
		ContentLength: -1, Request: r,
	}
	if length, err := strconv.ParseInt(from.sent.Get("Content-Length"), 10, 64); err == nil {
		response.ContentLength = length
	} else if from.whole && len(from.start) > 0 {
		response.ContentLength = int64(len(from.start))
		from.sent.Set("Content-Length", strconv.Itoa(len(from.start)))
	}
	if err := x.firstByte(ctx); err != nil {
		return err
	}
	if err := x.Faults.Respond(ctx, &x.Exchange, response); err != nil {
		return err
	}
	clear(w.Header())
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	for _, name := range x.Removed() {
		// A nil value keeps the server from putting its own in the place.
		w.Header()[name] = nil
	}
	w.WriteHeader(response.StatusCode)
	flush := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := response.Body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return err
			}
			_ = flush.Flush()
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// harmsAnswers reports whether any fault changes what the handler answers.
func (x *exchange) harmsAnswers() bool {
	for _, f := range x.Faults {
		if _, ok := f.(fault.Responder); ok {
			return true
		}
	}
	return false
}
