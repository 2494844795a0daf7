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

// WriteWhole writes the body to w without a copy in between, where all of it has come already; else it does nothing, and reports false.
func (b *answerBody) WriteWhole(w io.Writer) (whole bool, err error) {
	if body, ok := b.ReadCloser.(interface {
		WriteWhole(w io.Writer) (bool, error)
	}); ok {
		return body.WriteWhole(w)
	}
	return false, nil
}

// failure returns why the body ended early; nil where it did not.
func (b *answerBody) failure() error {
	if failed := b.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}
