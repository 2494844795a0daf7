package exchange_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func terms(t *testing.T, d scenario.Definition, observe func(*recording.Recording, bool)) *exchange.Terms {
	t.Helper()
	engine, err := scenario.Compile(scenario.Scenario{Definition: d, Version: 7})
	if err != nil {
		t.Fatal(err)
	}
	return &exchange.Terms{
		Gateway: "shop", Instance: "one", Engine: func() *scenario.Engine { return engine }, Route: func(_, path string) string { return path },
		Capture: func(string) bool { return true }, MaxBody: 80, Observe: observe,
	}
}

func begun(t *testing.T, terms *exchange.Terms) *exchange.Exchange {
	t.Helper()
	x := new(exchange.Exchange)
	x.Begin(terms, "/a")
	if err := x.Decide(scenario.Exchange{Protocol: "http", Method: "GET", Path: "/a", Header: http.Header{}}, trace.SpanContext{}); err != nil {
		t.Fatal(err)
	}
	return x
}

func healthy() scenario.Definition {
	return scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
}

// A stream has several ends, and goes on writing while it is ended. Run with -race.
func TestARecordingIsHandedOverOnce(t *testing.T) {
	var recordings []*recording.Recording
	var mu sync.Mutex
	terms := terms(t, healthy(), func(r *recording.Recording, captured bool) {
		mu.Lock()
		defer mu.Unlock()
		if recordings = append(recordings, r); !captured {
			t.Error("it is not captured")
		}
	})
	for range 100 {
		recordings = nil
		x := begun(t, terms)
		var all sync.WaitGroup
		for _, do := range []func(){
			func() { x.Answered() }, func() { x.Forwarding() }, func() { x.Fail(exchange.ClientAborted) },
			func() { x.In.Add([]byte("request")) }, func() { x.Out.Add([]byte("answer")) },
			func() { x.Update(func(r *recording.Recording) { r.ResponseStatus = 200 }) },
			func() { x.Finish(time.Now(), func(r *recording.Recording) { r.Operation = "first" }) },
			func() { x.Finish(time.Now(), func(r *recording.Recording) { r.Operation = "second" }) },
		} {
			all.Go(do)
		}
		all.Wait()
		if len(recordings) != 1 {
			t.Fatalf("%d recordings", len(recordings))
		}
		r := *recordings[0]
		x.Update(func(*recording.Recording) { t.Error("a recording is changed that was handed over") })
		x.In.Add([]byte("late"))
		x.Finish(time.Now(), nil)
		if len(recordings) != 1 || string(r.Body.Content) == "late" {
			t.Error("something came behind the end")
		}
	}
}

func TestTheUpstreamsPartIsWithoutWhatWasInjected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got *recording.Recording
		x := begun(t, terms(t, healthy(), func(r *recording.Recording, _ bool) { got = r }))
		wait := func(d time.Duration) {
			if err := x.Wait(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		wait(100 * time.Millisecond)
		x.Forwarding()
		time.Sleep(20 * time.Millisecond)
		wait(50 * time.Millisecond)
		x.Answered()
		time.Sleep(5 * time.Millisecond)
		x.Answered()
		x.Finish(time.Now(), nil)
		if got.ResponseTimeMS != 175 || *got.UpstreamTimeMS != 25 || got.InjectedDelayMS != 150 || *got.FirstByteMS != 170 {
			t.Errorf("%v in all, %v of the upstream, %v injected, first byte after %v", got.ResponseTimeMS, *got.UpstreamTimeMS, got.InjectedDelayMS, *got.FirstByteMS)
		}
	})
}

func TestBothBodiesHaveOneRoom(t *testing.T) {
	var got *recording.Recording
	x := begun(t, terms(t, healthy(), func(r *recording.Recording, _ bool) { got = r }))
	x.In.Add(make([]byte, 100))
	x.In.Add([]byte("behind a gap"))
	x.Out.Add(make([]byte, 100))
	x.Finish(time.Now(), nil)
	if len(got.Body.Content) != 70 || len(got.ResponseBody.Content) != 10 || got.Body.Size != 112 || !got.Body.Truncated || !got.ResponseBody.Truncated {
		t.Errorf("%d of %d and %d of %d bytes", len(got.Body.Content), got.Body.Size, len(got.ResponseBody.Content), got.ResponseBody.Size)
	}
}

func TestAFaultThatBreaksOffWinsOverOtherFailures(t *testing.T) {
	var got *recording.Recording
	x := begun(t, terms(t, healthy(), func(r *recording.Recording, _ bool) { got = r }))
	_ = x.Break(fault.ErrReset)
	x.Fail(exchange.ClientAborted)
	x.Finish(time.Now(), nil)
	if got.FailedBy != recording.ByFault || got.FailureKind != recording.FailureReset {
		t.Errorf("%s by %s", got.FailureKind, got.FailedBy)
	}
}

func TestWhatBeginsAfterTheStopPasses(t *testing.T) {
	stopping := make(chan struct{})
	for _, stopped := range []bool{false, true} {
		terms := terms(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{503}}}, func(*recording.Recording, bool) {})
		terms.Stopping, terms.PassStopped = stopping, true
		if x := begun(t, terms); len(x.Faults) > 0 == stopped {
			t.Errorf("stopped %v: %d faults", stopped, len(x.Faults))
		}
		if !stopped {
			close(stopping)
		}
	}
}

// What the exchange itself costs: the exchange, its recording, and the trace id as text.
func TestAnExchangeAllocatesLittle(t *testing.T) {
	terms := terms(t, healthy(), func(*recording.Recording, bool) {})
	terms.Capture = nil
	header := http.Header{"User-Agent": {"curl/8"}}
	if n := testing.AllocsPerRun(100, func() {
		x := new(exchange.Exchange)
		x.Begin(terms, "/a")
		_ = x.Decide(scenario.Exchange{Protocol: "http", Method: "GET", Path: "/a", Header: header}, trace.SpanContext{})
		x.Answered()
		x.Finish(time.Now(), nil)
	}); n > 5 {
		t.Errorf("%v allocations", n)
	}
}
