package fault_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type outcome struct {
	Answer   int
	Forward  bool
	Waited   time.Duration
	Injected []recording.Fault
	Header   string
}

// run does to an exchange whose upstream takes upstream what d says.
func run(t *testing.T, ctx context.Context, d scenario.Decision, upstream time.Duration, stopping <-chan struct{}) (outcome, error) {
	t.Helper()
	start := time.Now()
	out := outcome{Forward: true}
	x := &fault.Exchange{Stopping: stopping, Answer: func(a fault.Answer) { out.Answer = a.Status }}
	err := exchange(ctx, x, fault.From(d), upstream, &out)
	out.Waited, out.Injected, out.Header = time.Since(start), x.Injected(), fault.Header(x.Injected())
	return out, err
}

func exchange(ctx context.Context, x *fault.Exchange, faults fault.Faults, upstream time.Duration, out *outcome) error {
	if answered, err := faults.Inject(ctx, x); answered || err != nil {
		out.Forward = false
		return err
	}
	forwarded := time.Now()
	time.Sleep(upstream)
	return faults.FirstByte(ctx, x, forwarded)
}

func TestFaultsDoWhatTheDecisionSays(t *testing.T) {
	const ms = time.Millisecond
	tests := map[string]struct {
		decision scenario.Decision
		upstream time.Duration
		want     outcome
	}{
		"nothing": {upstream: 30 * ms, want: outcome{Forward: true, Waited: 30 * ms}},
		"latency is waited for, then the exchange is forwarded": {
			decision: scenario.Decision{Delay: 120 * ms}, upstream: 30 * ms,
			want: outcome{Forward: true, Waited: 150 * ms, Injected: []recording.Fault{{Kind: "latency", Detail: "120ms"}}, Header: "latency=120ms"},
		},
		"an error answers at once": {
			decision: scenario.Decision{Status: 503}, upstream: time.Hour,
			want: outcome{Answer: 503, Injected: []recording.Fault{{Kind: "error", Detail: "503"}}, Header: "error"},
		},
		"an error after latency": {
			decision: scenario.Decision{Status: 500, Delay: 120 * ms},
			want: outcome{
				Answer: 500, Waited: 120 * ms, Header: "error;latency=120ms",
				Injected: []recording.Fault{{Kind: "latency", Detail: "120ms"}, {Kind: "error", Detail: "500"}},
			},
		},
		"a timeout holds the exchange and then answers 504": {
			decision: scenario.Decision{Timeout: 30 * time.Second},
			want:     outcome{Answer: 504, Waited: 30 * time.Second, Injected: []recording.Fault{{Kind: "timeout", Detail: "30s"}}, Header: "timeout"},
		},
		"a slow upstream is stretched by the multiplier": {
			decision: scenario.Decision{Multiplier: 3, Floor: 150 * ms}, upstream: 200 * ms,
			want: outcome{Forward: true, Waited: 600 * ms, Injected: []recording.Fault{{Kind: "stretch", Detail: "400ms"}}, Header: "stretch=400ms"},
		},
		"a fast upstream is stretched to the floor": {
			decision: scenario.Decision{Multiplier: 2, Floor: 100 * ms}, upstream: 10 * ms,
			want: outcome{Forward: true, Waited: 100 * ms, Injected: []recording.Fault{{Kind: "stretch", Detail: "90ms"}}, Header: "stretch=90ms"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := run(t, t.Context(), test.decision, test.upstream, nil)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("outcome (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWaitsEndWhenTheClientGivesUp(t *testing.T) {
	for name, d := range map[string]scenario.Decision{
		"latency": {Delay: time.Hour}, "timeout": {Timeout: time.Hour}, "stretch": {Multiplier: 2, Floor: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				if _, err := run(t, ctx, d, 0, nil); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error is %v, want that of the context", err)
				}
				if waited := time.Since(start); waited != time.Second {
					t.Errorf("waited %v, want 1s", waited)
				}
			})
		})
	}
}

func TestWaitsEndWhenTheGatewayStops(t *testing.T) {
	for name, test := range map[string]struct {
		decision scenario.Decision
		want     outcome
	}{
		"what is delayed is let through": {
			decision: scenario.Decision{Delay: time.Hour},
			want:     outcome{Forward: true, Waited: time.Second, Injected: []recording.Fault{{Kind: "latency", Detail: "1h0m0s"}}, Header: "latency=1h0m0s"},
		},
		"what is held is answered": {
			decision: scenario.Decision{Timeout: time.Hour},
			want:     outcome{Answer: 504, Waited: time.Second, Injected: []recording.Fault{{Kind: "timeout", Detail: "1h0m0s"}}, Header: "timeout"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stopping := make(chan struct{})
				time.AfterFunc(time.Second, func() { close(stopping) })
				got, err := run(t, t.Context(), test.decision, 0, stopping)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("outcome (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestHealthyAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { fault.From(scenario.Decision{Mode: scenario.Healthy}) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
