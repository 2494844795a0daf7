//go:build unix

package upstream

import (
	"errors"

	"golang.org/x/sys/unix"
)

// look notes, without waiting, whether an idle connection is dead: of one that lives nothing is to be read, not even its end. It
// returns true, for it never waits until something is.
func (c *conn) look(fd uintptr) bool {
	var one [1]byte
	_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	c.dead = !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	return true
}

// writeOnce writes what is to be sent when it is called first, and returns false where all of it went, for it waits until something
// can be read then; true ends that.
func (c *conn) writeOnce(fd uintptr) bool {
	if c.written > 0 {
		return true
	}
	n, err := unix.Write(int(fd), c.sending)
	c.written = max(n, 0)
	return err != nil || n < len(c.sending)
}
