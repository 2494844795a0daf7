//go:build unix

package upstream

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// readNow reads what is there without waiting. Nothing is os.ErrDeadlineExceeded, which tls.Conn takes as it does a deadline: it reads
// on later.
func (w *wire) readNow(p []byte) (n int, err error) {
	if w.raw == nil {
		return 0, os.ErrDeadlineExceeded
	}
	failed := w.raw.Read(func(fd uintptr) bool {
		n, err = unix.Read(int(fd), p)
		return true
	})
	switch {
	case failed != nil:
		return 0, failed
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return 0, os.ErrDeadlineExceeded
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
