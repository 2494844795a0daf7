package gateway

import (
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// copyAnswer copies the body of an answer to its client. What is of unknown length, and server-sent events, somebody may be waiting for:
// each piece of them is sent at once, the head first. Other answers are gathered, as gathered says.
func copyAnswer(w http.ResponseWriter, response *http.Response) error {
	if response.Body == http.NoBody {
		return nil
	}
	streams := response.ContentLength < 0 || isEvents(response.Header["Content-Type"])
	if body, ok := response.Body.(*answerBody); ok && !streams {
		if whole, err := body.WriteWhole(w); whole {
			return err
		}
	}
	flush := func() {}
	if streams {
		controller := http.NewResponseController(w)
		flush = func() { _ = controller.Flush() }
		flush()
	}
	var buffer []byte
	if response.ContentLength >= largeAnswer {
		large := largePool.Get().(*[largeBufferSize]byte)
		defer largePool.Put(large)
		buffer = large[:]
	} else {
		small := pool.Get().(*[copyBufferSize]byte)
		defer pool.Put(small)
		buffer = small[:]
	}
	for {
		n, err := response.Body.Read(buffer)
		if n > 0 {
			written, failed := w.Write(buffer[:n])
			if failed == nil && written < n {
				failed = io.ErrShortWrite
			}
			if failed != nil {
				return failed
			}
			flush()
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

const (
	copyBufferSize = 32 << 10
	// largeAnswer is the size from which on a body is copied through a larger buffer, in bytes, which takes fewer calls of the system.
	largeAnswer     = 1 << 20
	largeBufferSize = 128 << 10
)

// pool and largePool have what bodies are copied through, shared by all gateways.
var (
	pool      = sync.Pool{New: func() any { return new([copyBufferSize]byte) }}
	largePool = sync.Pool{New: func() any { return new([largeBufferSize]byte) }}
)

// isEvents reports whether an answer with these content types is one of server-sent events.
func isEvents(contentType []string) bool {
	if len(contentType) == 0 || len(contentType[0]) < len("text/event-stream") {
		return false
	}
	media, _, _ := strings.Cut(contentType[0], ";")
	return strings.EqualFold(field.Trim(media), "text/event-stream")
}
