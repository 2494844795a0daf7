// Package child runs processes for benchmarks and trials, and tells what they use.
package child

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// Child is a process that is watched until its end. It is killed where its starter dies (on Linux).
type Child struct {
	command *exec.Cmd
	log     log
	exited  chan struct{}
	err     error
}

// Start runs command. What it writes to standard error is kept for Log, and what it writes to standard output, too, unless
// the command has somewhere else to write it.
func Start(command *exec.Cmd) (*Child, error) {
	c := &Child{command: command, exited: make(chan struct{})}
	command.Stderr = &c.log
	if command.Stdout == nil {
		command.Stdout = &c.log
	}
	endWithParent(command)
	started := make(chan error, 1)
	go func() {
		// The signal at the parent's death is tied to the thread that forked, so that thread must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.exited)
		err := command.Start()
		started <- err
		if err == nil {
			c.err = command.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// PID returns the id of the process.
func (c *Child) PID() int { return c.command.Process.Pid }

// Exited is closed at the end of the process.
func (c *Child) Exited() <-chan struct{} { return c.exited }

// Terminate asks the process to end, and does not wait for it.
func (c *Child) Terminate() error { return c.command.Process.Signal(syscall.SIGTERM) }

// Stop asks the process to end and waits until it has. The error is that of its end, with what it wrote. It may be called again.
func (c *Child) Stop() error {
	_ = c.Terminate()
	<-c.exited
	if c.err != nil {
		return fmt.Errorf("the process ended with %w: %s", c.err, c.log.String())
	}
	return nil
}

// Kill ends the process as kill -9 does, and waits until it has. It may be called again.
func (c *Child) Kill() {
	_ = c.command.Process.Kill()
	<-c.exited
}

// Log returns the end of what the process has written.
func (c *Child) Log() string { return c.log.String() }

// CPU returns the processor time that the process has used, of user and system together. It moves in steps of 10 ms on Linux.
func (c *Child) CPU(ctx context.Context) (time.Duration, error) {
	p, err := process.NewProcessWithContext(ctx, int32(c.PID()))
	if err != nil {
		return 0, err
	}
	times, err := p.TimesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return time.Duration((times.User + times.System) * float64(time.Second)), nil
}

var peak = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// PeakMemory returns the most memory in bytes that the process has had resident at once, by VmHWM of /proc (proc(5)); an error
// where there is none, and once the process has ended.
func (c *Child) PeakMemory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.PID()))
	if err != nil {
		return 0, err
	}
	return peakOf(string(status))
}

func peakOf(status string) (int64, error) {
	found := peak.FindStringSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("the system does not say how much memory the process has had")
	}
	kilobytes, err := strconv.ParseInt(found[1], 10, 64)
	return kilobytes << 10, err
}

// logLimit is how much of what a process writes is kept at most, in bytes.
const logLimit = 64 << 10

// log keeps the end of what is written to it.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write never fails.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if extra := l.text.Len() - logLimit; extra > 0 {
		l.text.Next(extra)
	}
	return len(p), nil
}

// String returns what is kept.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
