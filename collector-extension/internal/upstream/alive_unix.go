//go:build unix

package upstream

import (
	"errors"

	"golang.org/x/sys/unix"
)

// look peeks without waiting: an idle connection has nothing to be read, not even its end.
func (c *conn) look(fd uintptr) bool {
	var one [1]byte
	_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	c.dead = !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	return true
}
