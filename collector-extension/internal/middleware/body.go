package middleware

import "io"

// maxDrain is how much of a request that is not passed on is read for its recording, in bytes.
const maxDrain = 1 << 20

// watchedBody tells what is read of a body, and when it is over.
type watchedBody struct {
	io.ReadCloser
	read func([]byte)
	// done is called when the body has ended, failed or was closed, at least once; nil is not to.
	done func(error)
	// failed is what the reader is told of an error; nil is the error itself.
	failed func(error) error
}

func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.read(p[:n])
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

// drain keeps a body that is not passed on for the recording.
func (x *exchange) drain(body io.Reader) {
	if body == nil || !x.captures() {
		return
	}
	_, _ = io.Copy(keeper(func(p []byte) { x.keep(&x.in, p) }), io.LimitReader(body, maxDrain))
}

type keeper func([]byte)

func (k keeper) Write(p []byte) (int, error) {
	k(p)
	return len(p), nil
}
