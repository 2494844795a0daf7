package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestRequestsAskForFaults(t *testing.T) {
	for in, want := range map[string][]scenario.Fault{
		"latency=200ms;error=503": {{Kind: scenario.FaultLatency, DelayMS: new(200.0)}, {Kind: scenario.FaultError, StatusCodes: []int{503}}},
		" latency = 100ms-1.5s ":  {{Kind: scenario.FaultLatency, MinMS: new(100.0), MaxMS: new(1500.0)}},
		"error":                   {{Kind: scenario.FaultError}},
		"error=UNAVAILABLE":       {{Kind: scenario.FaultError, GRPCCode: "UNAVAILABLE"}},
		"timeout=5s":              {{Kind: scenario.FaultTimeout, TimeoutMS: new(5000)}},
		"timeout; reset; close":   {{Kind: scenario.FaultTimeout}, {Kind: scenario.FaultReset}, {Kind: scenario.FaultClose}},
		"truncate=100":            {{Kind: scenario.FaultTruncate, AfterBytes: new(int64(100))}},
		"throttle=1024":           {{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1024))}},
		"drip=2s;corrupt=3":       {{Kind: scenario.FaultDrip, DurationMS: new(2000)}, {Kind: scenario.FaultCorrupt, BytesChanged: new(3)}},
		"malform;truncate":        {{Kind: scenario.FaultMalform}, {Kind: scenario.FaultTruncate}},
		"malform=chunk":           {{Kind: scenario.FaultMalform, Part: scenario.PartChunk}},
	} {
		got, err := scenario.ParseFaultRequest(in)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", in, err, diff)
		}
	}
}

func TestRequestsForOtherFaultsAreRefused(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"latency=1s;":                     "",
		"fire":                            "",
		"refuse":                          "",
		"rate_limit=3":                    "",
		"Latency=1s":                      "",
		"latency":                         "latency",
		"latency=":                        "latency",
		"latency=200":                     "latency",
		"latency=-1s":                     "latency",
		"latency=2s-1s":                   "latency.min_ms",
		"latency=2h":                      "latency.delay_ms",
		"latency=1s;latency=1s":           "latency",
		"error=OK":                        "error",
		"error=99":                        "error.status_codes[0]",
		"timeout=0s":                      "timeout.timeout_ms",
		"reset=1":                         "reset",
		"throttle":                        "throttle",
		"throttle=0":                      "throttle.bytes_per_second",
		"corrupt=1e3":                     "corrupt",
		"truncate=-1":                     "truncate.after_bytes",
		"malform=all":                     "malform.part",
		strings.Repeat("latency=1s", 200): "",
	} {
		faults, err := scenario.ParseFaultRequest(in)
		if got := fields(err); len(got) != 1 || got[0] != want || faults != nil {
			t.Errorf("%q: blames %q (%v), want %q", in, got, err, want)
		}
	}
}

func TestRequestedFaultsAreDoneInstead(t *testing.T) {
	d := scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{{Kind: scenario.FaultReset}}},
		Latency:  &scenario.Latency{MinMS: 5, MaxMS: 5}, Seed: new(uint64(1)),
		Rules: []scenario.Rule{{Name: "protected", Exclude: true, Target: scenario.Target{Path: "/pay"}}},
	}
	requested, err := scenario.ParseFaultRequest("latency=100ms-300ms;error=503;timeout")
	if err != nil {
		t.Fatal(err)
	}
	got := compile(t, d).DecideRequested(scenario.Exchange{TraceID: traceID(1)}, requested)
	if got.Rule != scenario.RequestedRule || got.Version != 7 || got.Mode != scenario.Error || got.Delay != 0 || got.Status != 0 || len(got.Faults) != 3 {
		t.Fatalf("DecideRequested = %+v", got)
	}
	if delay := got.Faults[0].Delay; delay < 100*time.Millisecond || delay > 300*time.Millisecond || got.Faults[1].Code != 503 || *got.Faults[2].TimeoutMS != scenario.DefaultTimeoutMS {
		t.Errorf("faults %v, %d, %d", delay, got.Faults[1].Code, *got.Faults[2].TimeoutMS)
	}
	again := compile(t, d).DecideRequested(scenario.Exchange{TraceID: traceID(1)}, requested)
	if diff := cmp.Diff(drawn(got), drawn(again)); diff != "" {
		t.Errorf("the same seed and trace gives other faults:\n%s", diff)
	}
	if got := compile(t, d).DecideRequested(scenario.Exchange{Path: "/pay"}, requested); got.Injects() || got.Rule != "protected" {
		t.Errorf("what a rule excludes is harmed: %+v", got)
	}
	healthy := compile(t, behavior(scenario.Behavior{Mode: scenario.Healthy}))
	if got := healthy.DecideRequested(scenario.Exchange{}, requested); len(got.Faults) != 3 || got.Mode != scenario.Healthy {
		t.Errorf("in healthy mode: %+v", got)
	}
}

func FuzzParseFaultRequest(f *testing.F) {
	for _, in := range []string{"latency=200ms;error=503", "latency=100ms-300ms", "error=UNAVAILABLE", "timeout=5s;reset;close", "truncate=100;throttle=1024;drip=2s;corrupt=3;malform", ";=", "latency=1h1h-"} {
		f.Add(in)
	}
	engine := compile(f, behavior(scenario.Behavior{Mode: scenario.Healthy}))
	limits := scenario.Limits{MaxLatencyMS: 10_000, MaxTimeoutMS: 60_000}
	f.Fuzz(func(t *testing.T, in string) {
		faults, err := scenario.ParseFaultRequest(in)
		if err != nil {
			if len(fields(err)) == 0 || len(err.Error()) > 1000 {
				t.Errorf("an error that names no field, or much: %v", err)
			}
			return
		}
		allowed := limits.CheckFaults(faults) == nil
		for _, d := range engine.DecideRequested(scenario.Exchange{}, faults).Faults {
			if err := d.Validate(); err != nil {
				t.Errorf("%q is taken, and is invalid: %v", in, err)
			}
			if allowed && d.Delay > 10*time.Second {
				t.Errorf("%q is within the limits, and waits %s", in, d.Delay)
			}
		}
	})
}
