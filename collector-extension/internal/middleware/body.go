package middleware

import "io"

// watchedBody tells what is read of a body, and when it is over.
type watchedBody struct {
	io.ReadCloser
	read func([]byte)
	// done is called when the body has ended, failed or was closed, at least once; nil is not to.
	done func(error)
}

func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.read(p[:n])
	}
	if err != nil && b.done != nil {
		b.done(err)
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
