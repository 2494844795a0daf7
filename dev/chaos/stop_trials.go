package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

func stopTrials() []trial {
	stop := func(name, done string, harm, mend func(context.Context, *stage, *database) error) trial {
		return trial{
			group: "Stop", name: name, done: "in error mode " + done + ", then POST /scenarios/stop, `kill -9` of that collector, and the database back",
			promised: "the next request of the collector that was asked is answered by the upstream, also after its restart without the database; " +
				"the other follows when the database is back, and nothing brings the faults back",
			run: func(ctx context.Context, s *stage) { stopWithout(ctx, s, harm, mend) },
		}
	}
	return []trial{
		stop("PostgreSQL dead", "PostgreSQL is killed",
			func(_ context.Context, _ *stage, d *database) error { return d.kill() },
			func(ctx context.Context, _ *stage, d *database) error { return d.back(ctx) }),
		stop("PostgreSQL frozen", "PostgreSQL is frozen",
			func(ctx context.Context, _ *stage, d *database) error { return d.freeze(ctx) },
			func(ctx context.Context, _ *stage, d *database) error { return d.thaw(ctx) }),
		stop("PostgreSQL read-only", "PostgreSQL becomes a standby",
			func(ctx context.Context, _ *stage, d *database) error { return d.readOnly(ctx) },
			func(ctx context.Context, _ *stage, d *database) error { return d.writable(ctx) }),
		{
			group: "Stop", name: "change and request", done: "200 times a change of the mode, and a request as soon as it was answered",
			promised: "what was answered is in force: no request meets the state before", run: changes,
		},
	}
}

// status returns the status of a request through a gateway, 0 where there was no answer.
func status(ctx context.Context, c *collector) int {
	answered, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+c.gateway+"/stop", "")
	if err != nil {
		return 0
	}
	return answered
}

// follows waits until the gateway answers so, and reports whether it did.
func (s *stage) follows(ctx context.Context, c *collector, want int) bool {
	return probe.Until(ctx, progressLimit, func() bool { return status(ctx, c) == want }) == nil
}

func stopWithout(ctx context.Context, s *stage, harm, mend func(context.Context, *stage, *database) error) {
	d := s.database(ctx)
	asked, other := s.collector(ctx, options{name: "asked", dsn: d.dsn}), s.collector(ctx, options{name: "other", dsn: d.dsn})
	s.ready(ctx, asked)
	s.ready(ctx, other)
	set, text, err := probe.Fetch(ctx, http.MethodPut, "http://"+asked.control+"/scenarios/mode", `{"mode": "error", "status_codes": [503]}`)
	s.must(err)
	if set != http.StatusOK || !s.follows(ctx, asked, 503) || !s.follows(ctx, other, 503) {
		s.must(fmt.Errorf("error mode is not in force: %d %s", set, text))
	}
	s.must(harm(ctx, s, d))

	began := time.Now()
	answered, text, err := probe.Fetch(ctx, http.MethodPost, "http://"+asked.control+"/scenarios/stop", `{"reason": "chaos"}`)
	s.must(err)
	took := time.Since(began)
	s.promise(answered/100 == 2, "stop answered %d after %d ms%s", answered, took.Milliseconds(), problem(answered, text))
	next := status(ctx, asked)
	s.promise(next == http.StatusOK, "the next request got %d", next)
	for range 100 {
		if again := status(ctx, asked); again != http.StatusOK {
			s.promise(false, "a later request got %d", again)
			break
		}
	}
	asked.Kill()
	s.start(ctx, asked)
	next = status(ctx, asked)
	s.promise(next == http.StatusOK, "after kill -9 and a restart %d", next)

	s.must(mend(ctx, s, d))
	followed := s.follows(ctx, other, http.StatusOK)
	s.promise(followed, "the other collector followed when the database was back: %t", followed)
	s.ready(ctx, asked)
	next = status(ctx, asked)
	s.promise(next == http.StatusOK, "the collector that was asked then answered %d", next)
}

// problem returns what an answer that is none says.
func problem(status int, text string) string {
	if status/100 == 2 {
		return ""
	}
	return ": " + strings.TrimSpace(text)
}

func changes(ctx context.Context, s *stage) {
	_, c := s.recording(ctx, options{noRecorder: true})
	stale := 0
	for i := range 200 {
		mode, want := `{"mode": "error", "status_codes": [503]}`, http.StatusServiceUnavailable
		if i%2 == 1 {
			mode, want = `{"mode": "healthy"}`, http.StatusOK
		}
		set, text, err := probe.Fetch(ctx, http.MethodPut, "http://"+c.control+"/scenarios/mode", mode)
		s.must(err)
		if set != http.StatusOK {
			s.must(fmt.Errorf("the change was answered with %d: %s", set, text))
		}
		if status(ctx, c) != want {
			stale++
		}
	}
	s.promise(stale == 0, "%d of 200 requests met the old state", stale)
}
