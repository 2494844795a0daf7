package middleware

import (
	"errors"
	"io"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
)

// maxDrain is how much of a request that is not passed on is read for its recording, in bytes.
const maxDrain = 1 << 20

// watchedBody keeps what is read of a body, and tells when it is over.
type watchedBody struct {
	io.ReadCloser
	kept *capture.Body
	// done is called when the body has ended, failed or was closed, at least once; nil is not to.
	done func(error)
	// failed is what the reader is told of an error; nil is the error itself.
	failed func(error) error
}

func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.kept.Add(p[:n])
	}
	if errors.Is(err, io.EOF) {
		b.kept.End()
	}
	if err != nil && b.done != nil {
		b.done(err)
	}
	if err != nil && b.failed != nil {
		err = b.failed(err)
	}
	return n, err
}

func (b watchedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.done != nil {
		b.done(io.EOF)
	}
	return err
}

// watchRequest has the body of a request kept as it is read; what it returns is r or a copy.
func (x *exchange) watchRequest(r *http.Request, done func(error)) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		x.In.End()
		return r
	}
	r = r.WithContext(r.Context())
	r.Body = watchedBody{ReadCloser: r.Body, kept: &x.In, done: done}
	return r
}

// drain keeps a body that is not passed on for the recording.
func (x *exchange) drain(body io.Reader) {
	if body == nil || !x.Captured {
		return
	}
	_, _ = io.Copy(keeper{&x.In}, io.LimitReader(body, maxDrain))
	x.In.End()
}

type keeper struct{ *capture.Body }

func (k keeper) Write(p []byte) (int, error) {
	k.Add(p)
	return len(p), nil
}
