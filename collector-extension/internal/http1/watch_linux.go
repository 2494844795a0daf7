package http1

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// hungUp waits until the other side has closed its direction, and reports whether it has, whatever of what it has sent is still
// to be read.
func hungUp(raw syscall.RawConn) (left bool) {
	err := raw.Read(func(fd uintptr) bool {
		poll := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		_, _ = unix.Poll(poll[:], 0)
		left = poll[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
		return left // Else wait for what comes next, of which the end is one.
	})
	return left || err != nil && !isTimeout(err)
}
