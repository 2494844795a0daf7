package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// outcome is what one client met during one round.
type outcome struct {
	// requests were answered with 200; failures are all others.
	requests, failures int
	took               time.Duration
	// latencies are ascending.
	latencies []time.Duration
}

// together returns what several connections met in the same time.
func together(each []outcome, took time.Duration) outcome {
	total := outcome{took: took}
	for _, one := range each {
		total.requests += one.requests
		total.failures += one.failures
		total.latencies = append(total.latencies, one.latencies...)
	}
	slices.Sort(total.latencies)
	return total
}

// rate returns how many requests were answered per second.
func (l outcome) rate() float64 { return float64(l.requests) / l.took.Seconds() }

// client holds connections to one address between rounds.
type client struct {
	address string
	// idle are the connections that nobody uses; those without a socket are yet to be opened.
	idle chan *keptConn
}

func newClient(address string, connections int) *client {
	c := &client{address: address, idle: make(chan *keptConn, connections)}
	for range connections {
		c.idle <- newKeptConn(address)
	}
	return c
}

// press keeps one request under way on each connection for so long.
func (c *client) press(ctx context.Context, long time.Duration) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, long+patience)
	defer cancel()
	start := time.Now()
	each, last := make([]outcome, cap(c.idle)), make([]error, cap(c.idle))
	var workers sync.WaitGroup
	for i := range each {
		workers.Go(func() {
			each[i], last[i] = c.pressOne(ctx, start, long)
		})
	}
	workers.Wait()
	total := together(each, time.Since(start))
	if ctx.Err() == nil && total.requests == 0 {
		return total, fmt.Errorf("%s answered none of %d requests: %w", c.address, total.failures, errors.Join(last...))
	}
	return total, ctx.Err()
}

// pressOne makes one request after another over one connection. It gives the last error, too.
func (c *client) pressOne(ctx context.Context, start time.Time, long time.Duration) (met outcome, last error) {
	conn := <-c.idle
	defer func() { c.idle <- conn }()
	defer conn.breakOffAt(ctx)()
	for begun := time.Now(); begun.Sub(start) < long && ctx.Err() == nil; {
		err := conn.get(ctx)
		ended := time.Now()
		if err != nil {
			met.failures++
			last = err
		} else {
			met.requests++
			met.latencies = append(met.latencies, ended.Sub(begun))
		}
		begun = ended
	}
	return met, last
}

// get makes one request and returns how long it took until the end of the answer's body.
func (c *client) get(ctx context.Context) (time.Duration, error) {
	conn := <-c.idle
	defer func() { c.idle <- conn }()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer conn.breakOffAt(ctx)()
	start := time.Now()
	err := conn.get(ctx)
	return time.Since(start), err
}
