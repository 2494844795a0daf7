package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// child is a process that is measured.
type child struct {
	command *exec.Cmd
	log     bytes.Buffer
	stop    func() error
}

// startPeer runs this program in one of its roles, and returns the address on which it listens.
func startPeer(ctx context.Context, role, upstream string) (*child, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	c := &child{command: exec.CommandContext(ctx, self, serveCommand, role, upstream)}
	c.command.Stderr = &c.log
	// Nothing is sent: its end tells the peer that this process is gone.
	if _, err := c.command.StdinPipe(); err != nil {
		return nil, "", err
	}
	output, err := c.command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := c.command.Start(); err != nil {
		return nil, "", err
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	c.stop = sync.OnceValue(func() error {
		// There is nothing to lose, and toxiproxy would wait for clients that hold their connections.
		_ = c.command.Process.Kill()
		return c.command.Wait()
	})
	if err != nil {
		_ = c.stop()
		return nil, "", fmt.Errorf("%s did not start: %s", role, c.log.String())
	}
	return c, strings.TrimSpace(address), nil
}

// startCollector runs the Collector; what it logs is told only where it fails.
func startCollector(ctx context.Context, binary, configuration string) (*child, error) {
	c := &child{command: exec.CommandContext(ctx, binary, "--config", configuration)}
	c.command.Stdout, c.command.Stderr = &c.log, &c.log
	c.command.Cancel = func() error { return c.command.Process.Signal(syscall.SIGTERM) }
	c.command.WaitDelay = 10 * time.Second
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	c.stop = sync.OnceValue(func() error {
		_ = c.command.Process.Signal(syscall.SIGTERM)
		if err := c.command.Wait(); err != nil {
			return fmt.Errorf("the Collector ended with %w: %s", err, c.log.String())
		}
		return nil
	})
	return c, nil
}

// cpu is the processor time that the process has used, of user and system together. It moves in steps of 10 ms on Linux.
func (c *child) cpu(ctx context.Context) (time.Duration, error) {
	p, err := process.NewProcessWithContext(ctx, int32(c.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	times, err := p.TimesWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return time.Duration((times.User + times.System) * float64(time.Second)), nil
}
