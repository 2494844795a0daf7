package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

// rate returns how many requests were answered per second.
func (l outcome) rate() float64 { return float64(l.requests) / l.took.Seconds() }

// client holds connections to one address between rounds.
type client struct {
	url         string
	connections int
	http        *http.Client
}

func newClient(address string, connections int) *client {
	return &client{
		url: "http://" + address + "/users/7", connections: connections,
		http: &http.Client{
			Timeout:   30 * time.Second,
			Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true},
		},
	}
}

// press keeps one request under way on each connection for so long.
func (c *client) press(ctx context.Context, long time.Duration) (outcome, error) {
	start := time.Now()
	each := make([]outcome, c.connections)
	var workers sync.WaitGroup
	for i := range each {
		workers.Go(func() {
			for time.Since(start) < long && ctx.Err() == nil {
				took, err := c.get(ctx)
				if err != nil {
					each[i].failures++
					continue
				}
				each[i].requests++
				each[i].latencies = append(each[i].latencies, took)
			}
		})
	}
	workers.Wait()
	total := outcome{took: time.Since(start)}
	for _, l := range each {
		total.requests += l.requests
		total.failures += l.failures
		total.latencies = append(total.latencies, l.latencies...)
	}
	slices.Sort(total.latencies)
	if ctx.Err() == nil && total.requests == 0 {
		return total, fmt.Errorf("%s answered none of %d requests", c.url, total.failures)
	}
	return total, ctx.Err()
}

// get makes one request and returns how long it took until the end of the answer's body.
func (c *client) get(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return 0, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	size, err := io.Copy(io.Discard, response.Body)
	took := time.Since(start)
	if err == nil && (response.StatusCode != http.StatusOK || size != answerSize) {
		err = fmt.Errorf("%s answered %s with %d bytes", c.url, response.Status, size)
	}
	return took, err
}
