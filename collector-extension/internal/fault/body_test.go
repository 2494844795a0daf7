package fault_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// harmed returns a body of length bytes, as the client reads it once the faults have worked on it; where known is true its
// length is announced.
func harmed(t *testing.T, ctx context.Context, x *fault.Exchange, length int, known bool, faults ...scenario.Fault) io.Reader {
	t.Helper()
	engine, err := scenario.Compile(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos, Faults: faults}}})
	if err != nil {
		t.Fatal(err)
	}
	response := &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"text/plain"}}, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(strings.Repeat("x", length))),
	}
	if known {
		response.ContentLength = int64(length)
	}
	if err := fault.From(engine.Decide(scenario.Exchange{})).Respond(ctx, x, response); err != nil {
		t.Fatal(err)
	}
	return response.Body
}

func TestABodyTakesAsLongAsItIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		fault scenario.Fault
		want  time.Duration
	}{
		"throttled":             {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(100))}, 10 * time.Second},
		"throttled to a crawl":  {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1))}, 1000 * time.Second},
		"hardly throttled":      {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1_000_000))}, time.Millisecond},
		"dripping":              {scenario.Fault{Kind: scenario.FaultDrip, DurationMS: new(7000)}, 7 * time.Second},
		"latency, in one part":  {scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtBody, DelayMS: new(250.0)}, 250 * time.Millisecond},
		"corrupted, in no time": {scenario.Fault{Kind: scenario.FaultCorrupt}, 0},
	} {
		for _, known := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var x fault.Exchange
					body, start := harmed(t, t.Context(), &x, 1000, known, test.fault), time.Now()
					got, err := io.ReadAll(body)
					if took := time.Since(start); len(got) != 1000 || err != nil || took.Round(time.Microsecond) != test.want || took != x.Delay() {
						t.Errorf("%d bytes took %v (%v), noted as %v, want %v", len(got), took, err, x.Delay(), test.want)
					}
				})
			})
		}
	}
}

func TestABodyIsLetGo(t *testing.T) {
	for name, f := range map[string]scenario.Fault{
		"throttle": {Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1))},
		"drip":     {Kind: scenario.FaultDrip, DurationMS: new(300_000)},
		"latency":  {Kind: scenario.FaultLatency, At: scenario.AtBody, DelayMS: new(300_000.0)},
	} {
		t.Run(name+" when the scenario ends", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				released := make(chan struct{})
				x := fault.Exchange{Released: released}
				time.AfterFunc(3*time.Second, func() { close(released) })
				body, start := harmed(t, t.Context(), &x, 1000, true, f), time.Now()
				got, err := io.ReadAll(body)
				if took := time.Since(start); len(got) != 1000 || err != nil || took != 3*time.Second {
					t.Errorf("%d bytes took %v (%v)", len(got), took, err)
				}
			})
		})
		t.Run(name+" when the client gives up", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				var x fault.Exchange
				body, start := harmed(t, ctx, &x, 1000, true, f), time.Now()
				if _, err := io.ReadAll(body); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
					t.Errorf("ended with %v after %v", err, time.Since(start))
				}
			})
		})
	}
}

func TestATimeoutThatIsLetGoWasLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		released := make(chan struct{})
		x := &fault.Exchange{Released: released, Answer: func(a fault.Answer) { t.Errorf("answered %d", a.Status) }}
		time.AfterFunc(3*time.Second, func() { close(released) })
		answered, err := fault.From(scenario.Decision{Timeout: time.Hour}).Inject(t.Context(), x)
		if answered || err != nil || fault.Header(x.Injected()) != "latency=3s" {
			t.Errorf("answered: %v (%v), injected %v", answered, err, x.Injected())
		}
	})
}

func TestAsManyBytesAreCorruptedAsWasSaid(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, want := range []int{1, 7, 100} {
			var x fault.Exchange
			got, err := io.ReadAll(harmed(t, t.Context(), &x, 10_000, known, scenario.Fault{Kind: scenario.FaultCorrupt, BytesChanged: &want}))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(got) - bytes.Count(got, []byte("x")); n != want {
				t.Errorf("%d bytes are changed where the length is known: %v; want %d", n, known, want)
			}
		}
	}
}
