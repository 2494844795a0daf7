package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// killWindow is within what time of its end a Collector that is killed may lose exchanges: a quarter of a second, and the
// write that was under way, on a busy machine.
const killWindow = 2 * time.Second

func collectorTrials() []trial {
	return []trial{
		{
			group: "Collector", name: "killed", done: "`kill -9` under load, then started again",
			promised: "what was answered is stored once, but for about the last quarter of a second and the write that was under way; of the next run all is",
			run:      func(ctx context.Context, s *stage) { killed(ctx, s, false) },
		},
		{
			group: "Collector", name: "killed without PostgreSQL", done: "`kill -9` while recordings are spooled, then both are started again",
			promised: "the same: what is on disk is stored once",
			run:      func(ctx context.Context, s *stage) { killed(ctx, s, true) },
		},
		{
			group: "Collector", name: "stopped", done: "SIGTERM under load",
			promised: "ends within 15 s; each exchange that was answered is stored once", run: stopped,
		},
		{
			group: "Collector", name: "stopped with PostgreSQL frozen", done: "SIGTERM while PostgreSQL is frozen, then both go on",
			promised: "ends within 15 s; each exchange that was answered is stored once", run: stoppedFrozen,
		},
		{
			group: "Collector", name: "stopped with a request that hangs", done: "SIGTERM while eight POST /recordings/query wait for a table that is locked",
			promised: "ends within 15 s; each exchange that was answered is stored once", run: stoppedHanging,
		},
	}
}

func killed(ctx context.Context, s *stage, away bool) {
	d, c := s.recording(ctx, options{})
	first := s.load(ctx, c, loadOptions{name: "first", rate: 500})
	s.more(ctx, first, 500)
	if away {
		s.must(d.kill())
		s.more(ctx, first, 1500)
	} else {
		s.more(ctx, first, 1000)
	}
	dropped, err := probe.Metric(ctx, c.metrics, "mockforge_recorder_dropped_total")
	s.must(err)
	at := time.Now()
	c.Kill()
	first.end()
	if away {
		s.must(d.back(ctx))
	}
	s.start(ctx, c)
	second := s.load(ctx, c, loadOptions{name: "second", rate: 500})
	s.more(ctx, second, 500)
	second.end()
	s.settle(ctx, c, d, second)
	s.unharmed(second)

	var a account
	s.must(probe.Until(ctx, settleLimit, func() bool {
		spooled, err := probe.Metric(ctx, c.metrics, "mockforge_recorder_spooled_bytes")
		if err != nil || spooled > 0 {
			return false
		}
		stored, err := d.stored(ctx, first.name)
		a = accountFor(first.attempted(), first.answered(), stored, int(dropped))
		return err == nil
	}))
	oldest := time.Duration(0)
	for _, id := range a.missing {
		oldest = max(oldest, at.Sub(first.when(id)))
	}
	s.promise(a.twice == 0, "of the first run %d answered, %d stored, %d twice", a.answered, a.stored, a.twice)
	s.promise(oldest <= killWindow && len(a.missing) < a.answered/2, "%d lost, the oldest answered %d ms before the end", len(a.missing), oldest.Milliseconds())
	if len(a.missing) > 0 {
		s.lost = fmt.Sprintf("%d of %d, all within %d ms of the end", len(a.missing), a.answered, oldest.Milliseconds())
	}
}

func stopped(ctx context.Context, s *stage) {
	d, c := s.recording(ctx, options{})
	l := s.load(ctx, c, loadOptions{name: "stopped", rate: 500})
	s.more(ctx, l, 1000)
	s.terminate(c)
	l.end()
	s.afterwards(ctx, c, d, l)
}

func stoppedFrozen(ctx context.Context, s *stage) {
	d, c := s.recording(ctx, options{})
	l := s.load(ctx, c, loadOptions{name: "stopped", rate: 500})
	s.more(ctx, l, 300)
	s.must(d.freeze(ctx))
	s.more(ctx, l, 700)
	s.terminate(c)
	l.end()
	s.must(d.thaw(ctx))
	s.afterwards(ctx, c, d, l)
}

func stoppedHanging(ctx context.Context, s *stage) {
	d, c := s.recording(ctx, options{})
	l := s.load(ctx, c, loadOptions{name: "stopped", rate: 300})
	s.more(ctx, l, 300)
	release := s.lock(ctx, d, "recorded_requests")
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	for range 8 {
		go func() {
			_, _, _ = probe.Fetch(asking, http.MethodPost, "http://"+c.control+"/recordings/query", `{"limit": 10}`)
		}()
	}
	s.must(probe.Until(ctx, progressLimit, func() bool {
		waiting, err := d.number(ctx, "SELECT count(*) FROM pg_stat_activity WHERE usename = '"+collectorRole+"' AND wait_event_type = 'Lock'")
		return err == nil && waiting > 0
	}))
	s.terminate(c)
	l.end()
	release()
	s.afterwards(ctx, c, d, l)
}

// afterwards starts the collector again, which stores what the one before it has left on disk, and accounts for a load.
func (s *stage) afterwards(ctx context.Context, c *collector, d *database, l *load) {
	s.start(ctx, c)
	s.settle(ctx, c, d, l)
}
