package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/dev/report"
)

// loadOptions say what a load sends.
type loadOptions struct {
	name string
	// rate is in requests a second, 300 where it is 0. size is that of each request's body in bytes.
	rate, size int
}

const (
	loadWorkers = 8
	// loadMost bounds what a load sends, whatever a trial waits for.
	loadMost = 50_000
	// progressLimit is how long a load may take to be answered as often as a trial waits for.
	progressLimit = 45 * time.Second
)

// load sends exchanges at a steady rate, each with an id of its own in its path, and notes which were answered.
type load struct {
	name   string
	client *http.Client
	base   string
	body   string
	stop   context.CancelFunc
	done   sync.WaitGroup
	sent   atomic.Int64

	mu        sync.Mutex
	at        map[string]time.Time
	ids       []string
	latencies []time.Duration
	failures  []string
}

// load begins one, which the end of the trial ends.
func (s *stage) load(ctx context.Context, c *collector, o loadOptions) *load {
	if o.rate == 0 {
		o.rate = 300
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &load{
		name: o.name, base: "http://" + c.gateway, body: strings.Repeat("x", o.size), stop: cancel, at: map[string]time.Time{},
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: loadWorkers}},
	}
	for range loadWorkers {
		l.done.Go(func() {
			tick := time.NewTicker(loadWorkers * time.Second / time.Duration(o.rate))
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
				n := l.sent.Add(1)
				if n > loadMost {
					l.sent.Add(-1)
					return
				}
				l.send(fmt.Sprintf("/load/%s/%d", l.name, n))
			}
		})
	}
	s.later(func() error { l.end(); return nil })
	return l
}

// send makes one request. It is not broken off by the end of the load, so that each can be accounted for.
func (l *load) send(id string) {
	started := time.Now()
	err := l.ask(id)
	took := time.Since(started)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failures = append(l.failures, err.Error())
		return
	}
	l.ids = append(l.ids, id)
	l.at[id] = time.Now()
	l.latencies = append(l.latencies, took)
}

func (l *load) ask(id string) error {
	response, err := l.client.Post(l.base+id, "text/plain", strings.NewReader(l.body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || string(body) != greeting) {
		err = fmt.Errorf("answered %d", response.StatusCode)
	}
	return err
}

// end waits for what is under way. It may be called again.
func (l *load) end() {
	l.stop()
	l.done.Wait()
	l.client.CloseIdleConnections()
}

func (l *load) attempted() int { return int(l.sent.Load()) }

func (l *load) answered() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.ids)
}

func (l *load) failed() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.failures)
}

// when returns when an exchange was answered.
func (l *load) when(id string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at[id]
}

// more waits until n more were answered.
func (s *stage) more(ctx context.Context, l *load, n int) {
	until := len(l.answered()) + n
	err := probe.Until(ctx, progressLimit, func() bool { return len(l.answered()) >= until })
	if err != nil {
		failed := l.failed()
		err = fmt.Errorf("traffic stands still: %d of %d answered, %d failed, the last: %v", len(l.answered()), until, len(failed), failed[max(0, len(failed)-1):])
	}
	s.must(err)
}

// unharmed notes whether all of a load was answered.
func (s *stage) unharmed(l *load) {
	failed := l.failed()
	if len(failed) > 0 {
		s.promise(false, "%d of %d exchanges failed, the first: %s", len(failed), l.attempted(), failed[0])
	}
}

// p99 returns the 99th percentile of the latencies since the mark, and the next mark; 0 where nothing was answered since.
func (l *load) p99(mark int) (time.Duration, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := slices.Sorted(slices.Values(l.latencies[mark:]))
	if len(since) == 0 {
		return 0, mark
	}
	return report.Quantile(since, 0.99), len(l.latencies)
}
