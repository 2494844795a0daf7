package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// trial is one fault: what is done, what is promised then, and how to see it.
type trial struct {
	group, name string
	done        string
	promised    string
	// run does it. It ends by returning, or by must of the stage.
	run func(ctx context.Context, s *stage)
	// limit is how long it may take, trialLimit where it is 0.
	limit time.Duration
}

// trialLimit is how long a trial may take; one that hangs has broken its promise.
const trialLimit = 2 * time.Minute

// trials returns all trials, in the order of the report.
func trials() []trial {
	return slices.Concat(
		databaseTrials(), collectorTrials(), spoolTrials(), stopTrials(), clientTrials(), smugglingTrials(), streamTrials(), bombTrials(), accessTrials(),
	)
}

// outcome is what came of a trial.
type outcome struct {
	trial
	seen []string
	lost string
	// broken are the promises that did not hold, err is why the trial came to no end.
	broken []string
	err    error
	took   time.Duration
	// postgres is the version of the database, where there was one.
	postgres string
}

func (o outcome) held() bool { return o.err == nil && len(o.broken) == 0 }

// text returns the outcome for a terminal.
func (o outcome) text() string {
	var b strings.Builder
	for _, each := range o.seen {
		fmt.Fprintf(&b, "    %s\n", each)
	}
	for _, each := range o.broken {
		fmt.Fprintf(&b, "    BROKEN: %s\n", each)
	}
	if o.err != nil {
		fmt.Fprintf(&b, "    BROKEN: no end: %v\n", o.err)
	}
	verdict := "held"
	if !o.held() {
		verdict = "broken"
	}
	fmt.Fprintf(&b, "    %s, lost: %s (%.1f s)\n", verdict, o.lost, o.took.Seconds())
	return b.String()
}

// try runs the trial in a directory of its own, and ends and removes all that it has made.
func (t trial) try(ctx context.Context, collector string) outcome {
	s := &stage{binary: collector, outcome: outcome{trial: t, lost: "nothing"}}
	limit := t.limit
	if limit == 0 {
		limit = trialLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	started := time.Now()
	s.directory, s.err = os.MkdirTemp("", "mockforge-chaos-")
	if s.err != nil {
		return s.outcome
	}
	done := make(chan struct{})
	go func() { // of its own, since must ends it
		defer close(done)
		defer s.clear()
		t.run(ctx, s)
	}()
	<-done
	s.took = time.Since(started)
	if s.err != nil && ctx.Err() != nil {
		s.err = fmt.Errorf("not over within %s: %w", limit, s.err)
	}
	return s.outcome
}

// stage is where a trial is run: it makes the parts, and notes what is seen.
type stage struct {
	outcome
	binary    string
	directory string
	undo      []func() error
	// disk is where a small file system is mounted, if any.
	disk string
}

// must ends the trial where there is an error, as testing.T.FailNow does: then nothing can be said of the promise. It is for the
// goroutine of the trial only.
func (s *stage) must(err error) {
	if err == nil {
		return
	}
	s.err = err
	runtime.Goexit()
}

// saw notes what was seen.
func (s *stage) saw(format string, arguments ...any) {
	s.seen = append(s.seen, fmt.Sprintf(format, arguments...))
}

// promise notes what was seen, and whether that is as promised.
func (s *stage) promise(ok bool, format string, arguments ...any) {
	if ok {
		s.saw(format, arguments...)
		return
	}
	s.broken = append(s.broken, fmt.Sprintf(format, arguments...))
}

// later has undo called when the trial is over, last first.
func (s *stage) later(undo func() error) { s.undo = append(s.undo, undo) }

func (s *stage) clear() {
	var errs []error
	for _, undo := range slices.Backward(s.undo) {
		errs = append(errs, undo())
	}
	errs = append(errs, os.RemoveAll(s.directory))
	if err := errors.Join(errs...); err != nil && s.err == nil {
		s.err = fmt.Errorf("clearing away: %w", err)
	}
}
