package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const pluginID = "mockforge-observability-app"

// stack is the running demo.
type stack struct {
	config    config
	directory string
	ports     map[string]int
	endpoints endpoints
	// token is what Grafana's side shows a collector that it asks in place of a database.
	token string
	// failed gets the first error of a part that ended by itself.
	failed chan error

	mu       sync.Mutex
	stopping bool
	parts    []part
}

// part is one running thing. Parts stop in the reverse order of their start.
type part struct {
	name string
	stop func() error
}

// start brings everything up in order. Where something fails, what already runs is stopped.
func start(ctx context.Context, c config) (*stack, error) {
	directory, err := filepath.Abs(c.directory)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the demo's directory: %w", err)
	}
	// What is left of an earlier run would tell others of a stack that is gone.
	if err := os.Remove(filepath.Join(directory, endpointsFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	s := &stack{config: c, directory: directory, failed: make(chan error, 1), token: rand.Text()}
	s.ports, err = choosePorts(ctx, c.ports, func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) })
	if err != nil {
		return nil, err
	}
	for _, next := range []struct {
		title string
		start func(context.Context) error
	}{
		{"Storage", s.startStorage},
		{"Demo API", s.startAPI},
		{"Collector", s.startCollector},
		{"Traffic", s.startTraffic},
		{"Web page", s.startUI},
	} {
		began := time.Now()
		fmt.Printf("  %s ...\n", next.title)
		if err := next.start(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", next.title, err), s.stop())
		}
		fmt.Printf("  %s: up in %.1f s\n", next.title, time.Since(began).Seconds())
	}
	return s, nil
}

// ready tells the world where everything is.
func (s *stack) ready() error {
	if err := s.endpoints.write(s.directory); err != nil {
		return fmt.Errorf("cannot write %s: %w", endpointsFile, err)
	}
	s.endpoints.print(os.Stdout, filepath.Join(s.config.directory, endpointsFile))
	return nil
}

func (s *stack) add(name string, stop func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, part{name, stop})
}

// fail reports that a part ended by itself; only the first such error counts, and none while all is being stopped.
func (s *stack) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return
	}
	select {
	case s.failed <- err:
	default:
	}
}

func (s *stack) stop() error {
	s.mu.Lock()
	s.stopping = true
	parts := s.parts
	s.parts = nil
	s.mu.Unlock()
	var errs []error
	for _, p := range slices.Backward(parts) {
		if err := p.stop(); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", p.name, err))
		}
	}
	return errors.Join(errs...)
}

// run starts a child process as a part of the stack.
func (s *stack) run(name string, environment []string, path string, arguments ...string) (*process, error) {
	p, err := startProcess(s.directory, name, environment, path, arguments...)
	if err != nil {
		return nil, err
	}
	s.add(name, p.stop)
	go func() {
		<-p.exited
		s.fail(p.failure())
	}()
	return p, nil
}

// wait waits until url answers; where the process ends instead, its log says why.
func (s *stack) wait(ctx context.Context, p *process, url string, limit time.Duration) error {
	err := waitFor(ctx, url, limit, p.exited)
	if errors.Is(err, errExited) {
		return p.failure()
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w; see %s", err, p.log)
	}
	return err
}

func (s *stack) address(name string) string { return fmt.Sprintf("%s:%d", loopback, s.ports[name]) }
