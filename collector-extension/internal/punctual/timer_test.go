package punctual_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/punctual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func started(t *testing.T) (stop func()) {
	t.Helper()
	stop, err := punctual.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

func TestTimersFireWhenTheyAreDueAndNotBefore(t *testing.T) {
	started(t)
	var all sync.WaitGroup
	for range 500 {
		d := time.Duration(rand.Int64N(int64(20 * time.Millisecond)))
		all.Go(func() {
			start := time.Now()
			timer := punctual.NewTimer(d)
			defer timer.Stop()
			<-timer.C
			if took := time.Since(start); took < d {
				t.Errorf("fired after %v, was to after %v", took, d)
			}
		})
	}
	all.Wait()
}

func TestATimerThatWasStoppedDoesNotFire(t *testing.T) {
	for _, punctually := range []bool{false, true} {
		if punctually {
			started(t)
		}
		synctest.Test(t, func(t *testing.T) {
			stopped, other := punctual.NewTimer(time.Millisecond), punctual.NewTimer(2*time.Millisecond)
			stopped.Stop()
			<-other.C
			select {
			case <-stopped.C:
				t.Error("fired")
			default:
			}
			other.Stop()
			other.Stop()
		})
	}
}

func TestTimersFireOnTheClockOfTheTest(t *testing.T) {
	started(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		long, short := punctual.NewTimer(time.Hour), punctual.NewTimer(time.Minute)
		defer long.Stop()
		defer short.Stop()
		if <-short.C; time.Since(start) != time.Minute {
			t.Errorf("fired after %v, was to after a minute", time.Since(start))
		}
		if <-long.C; time.Since(start) != time.Hour {
			t.Errorf("fired after %v, was to after an hour", time.Since(start))
		}
	})
}

func TestTimersOutliveTheirAlarm(t *testing.T) {
	stop := started(t)
	another := started(t)
	before := punctual.NewTimer(20 * time.Millisecond)
	stop()
	stop()
	between := punctual.NewTimer(10 * time.Millisecond)
	another()
	after := punctual.NewTimer(time.Millisecond)
	for _, timer := range []*punctual.Timer{after, between, before} {
		<-timer.C
		timer.Stop()
	}
}
