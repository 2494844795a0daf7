package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errAway = errors.New("away")

// within reports whether a wait is as long as it is to be, give or take the jitter.
func within(got, length time.Duration) bool {
	return got >= time.Duration(0.75*float64(length)) && got <= time.Duration(1.25*float64(length))+1
}

func TestWaitsGrowToABoundAndDiffer(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		p := NewPace(100*time.Millisecond, time.Second)
		for round := range 2 {
			for n, length := range []int64{100, 200, 400, 800, 800, 800} {
				got := p.Next()
				if !within(got, time.Duration(length)*time.Millisecond) || got > time.Second+1 {
					t.Errorf("round %d, wait %d: %v, want about %vms and at most 1s", round, n, got, length)
				}
				seen[got] = true
			}
			p.Reset()
		}
	}
	if len(seen) < 100 {
		t.Errorf("of 1200 waits only %d differ", len(seen))
	}
	if got := NewPace(time.Minute, time.Second).Next(); got > time.Second {
		t.Errorf("a first wait above the bound is %v", got)
	}
}

func TestUntilTriesUntilItSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, tries, told := time.Now(), 0, 0
		failures, err := Until(t.Context(), NewPace(time.Second, 10*time.Second), func() error {
			if tries++; tries <= 3 {
				return errAway
			}
			return nil
		}, func(err error) {
			if told++; !errors.Is(err, errAway) {
				t.Errorf("told of %v", err)
			}
		})
		if err != nil || failures != 3 || tries != 4 || told != 1 {
			t.Errorf("%d failures, %v, tried %d times, told %d times", failures, err, tries, told)
		}
		if took := time.Since(start); !within(took, 7*time.Second) {
			t.Errorf("took %v, want about 1+2+4 s", took)
		}
	})
}

// What has failed for hours is tried on.
func TestUntilNeverGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := Until(t.Context(), NewPace(time.Second, 5*time.Second), func() error {
			if time.Since(start) < 24*time.Hour {
				return errAway
			}
			return nil
		}, nil)
		if took := time.Since(start); err != nil || took > 24*time.Hour+5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestWaitsEndWithTheirContext(t *testing.T) {
	for name, wait := range map[string]func(context.Context) error{
		"Wait": func(ctx context.Context) error { return NewPace(time.Hour, 10*time.Hour).Wait(ctx) },
		"Until": func(ctx context.Context) error {
			failures, err := Until(ctx, NewPace(time.Hour, 10*time.Hour), func() error { return errAway }, nil)
			if failures != 1 {
				t.Errorf("%d failures", failures)
			}
			return err
		},
		"Until, while it tries": func(ctx context.Context) error {
			_, err := Until(ctx, NewPace(time.Hour, 10*time.Hour), func() error { <-ctx.Done(); return errAway }, nil)
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errAway)
			defer cancel()
			start := time.Now()
			if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
		})
	}
	if err := NewPace(time.Nanosecond, time.Second).Wait(t.Context()); err != nil {
		t.Errorf("a wait that is over: %v", err)
	}
}
