package punctual

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// clock is a timerfd_create(2): a file that can be read when the time has come, which ends epoll_wait(2) to the
// microsecond.
type clock struct {
	file *os.File
	fd   int
	over chan struct{}
}

func newClock() (*clock, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &clock{file: os.NewFile(uintptr(fd), "timerfd"), fd: fd, over: make(chan struct{})}, nil
}

// set has wait return after d, and not at what was set before. The clock must not be closed.
func (c *clock) set(d time.Duration) {
	// Nothing would stop the clock.
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, d.Nanoseconds()))}
	// It fails for what is no timerfd or no time alone.
	_ = unix.TimerfdSettime(c.fd, 0, &spec, nil)
}

// wait waits until the time has come, and reports whether it has: not once the clock is closed.
func (c *clock) wait() bool {
	var expirations [8]byte
	_, err := c.file.Read(expirations[:])
	return err == nil
}

// ended says that wait is not called again.
func (c *clock) ended() { close(c.over) }

// close ends wait, and returns once ended was called.
func (c *clock) close() {
	_ = c.file.Close()
	<-c.over
}
