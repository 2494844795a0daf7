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
