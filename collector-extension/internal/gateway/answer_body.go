package gateway

import (
	"errors"
	"io"
	"sync/atomic"
)

// answerBody is the body of an upstream's answer. It notes why that ended early.
type answerBody struct {
	io.ReadCloser
	failed atomic.Pointer[error]
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		cause := err // Else each call would have its error on the heap.
		b.failed.CompareAndSwap(nil, &cause)
	}
	return n, err
}

// failure returns why the body ended early; nil where it did not.
func (b *answerBody) failure() error {
	if failed := b.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}
