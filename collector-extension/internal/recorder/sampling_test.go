package recorder_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func exchange(n int, change func(*recording.Recording)) *recording.Recording {
	r := &recording.Recording{
		ID: uuid.UUID{15: byte(n), 14: byte(n >> 8)}, TraceID: fmt.Sprintf("%032x", n), Protocol: recording.HTTP, Gateway: "shop", Method: "GET",
		Path: "/users/7", Route: "/users/{id}", ResponseStatus: 200,
	}
	if change != nil {
		change(r)
	}
	return r
}

// kept returns how many of 10,000 exchanges are kept.
func kept(t *testing.T, s recorder.Sampling, change func(*recording.Recording)) int {
	t.Helper()
	sampler := sampler(t, s)
	n := 0
	for i := range 10_000 {
		if sampler.Keeps(exchange(i, change)) {
			n++
		}
	}
	return n
}

func sampler(t *testing.T, s recorder.Sampling) *recorder.Sampler {
	t.Helper()
	made, err := recorder.NewSampler(s)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestARuleKeepsItsShareOfWhatItMatches(t *testing.T) {
	sampling := recorder.Sampling{
		Share: 0.5, KeepInjected: true, KeepErrors: true,
		Rules: []recorder.SamplingRule{
			{Gateways: []string{"shop"}, Path: "/health/**", Share: new(0.0)},
			{Methods: []string{"GET"}, Statuses: []string{"2xx"}, Routes: []string{"/users/{id}"}, Share: new(0.1)},
			{MinDurationMS: new(1000.0), Share: new(1.0)},
		},
	}
	for name, test := range map[string]struct {
		change func(*recording.Recording)
		share  float64
	}{
		"the second rule":         {nil, 0.1},
		"the first of two":        {func(r *recording.Recording) { r.Path = "/health/live" }, 0},
		"a rule by the duration":  {func(r *recording.Recording) { r.Method, r.ResponseTimeMS = "PUT", 1500 }, 1},
		"no rule":                 {func(r *recording.Recording) { r.ResponseStatus = 404 }, 0.5},
		"injected":                {func(r *recording.Recording) { r.Path, r.Faults = "/health/live", []recording.Fault{{Kind: "latency"}} }, 1},
		"an error":                {func(r *recording.Recording) { r.ResponseStatus = 503 }, 1},
		"no answer":               {func(r *recording.Recording) { r.ResponseStatus = 0 }, 1},
		"half an answer":          {func(r *recording.Recording) { r.Failure = "client aborted" }, 1},
		"an error of gRPC":        {func(r *recording.Recording) { r.GRPCStatus = new(14) }, 1},
		"by id without a trace":   {func(r *recording.Recording) { r.TraceID = "" }, 0.1},
		"OK of gRPC is no error ": {func(r *recording.Recording) { r.GRPCStatus = new(0) }, 0.1},
	} {
		// Five standard deviations of 10,000 draws: the draws are the same each time, this is how good they must be.
		if got, least := kept(t, sampling, test.change), 5*100*math.Sqrt(test.share*(1-test.share)); math.Abs(float64(got)-10_000*test.share) > least {
			t.Errorf("%s: %d of 10000 were kept, want a share of %v", name, got, test.share)
		}
	}
}

func TestATraceIsRecordedWholeOnEveryInstance(t *testing.T) {
	one, other := sampler(t, recorder.Sampling{Share: 0.3}), sampler(t, recorder.Sampling{Share: 0.3})
	for n := range 200 {
		a, b := exchange(n, nil), exchange(n, func(r *recording.Recording) { r.Gateway, r.Path, r.ID = "pay", "/cards", uuid.New() })
		if one.Keeps(a) != other.Keeps(b) {
			t.Errorf("trace %s is recorded in part", a.TraceID)
		}
	}
}

func TestEverythingIsKeptWithoutSampling(t *testing.T) {
	if got := kept(t, recorder.AllKept(), nil); got != 10_000 {
		t.Errorf("%d of 10000 were kept", got)
	}
}

func TestBadSamplingIsRefusedByName(t *testing.T) {
	for field, s := range map[string]recorder.Sampling{
		"share":                 {Share: 1.5},
		"rules[0].share":        {Rules: []recorder.SamplingRule{{Path: "/a"}}},
		"rules[1].share":        {Rules: []recorder.SamplingRule{{Share: new(1.0)}, {Share: new(-1.0)}}},
		"rules[0].statuses[0]":  {Rules: []recorder.SamplingRule{{Share: new(1.0), Statuses: []string{"6"}}}},
		"rules[0].protocols[0]": {Rules: []recorder.SamplingRule{{Share: new(1.0), Protocols: []recording.Protocol{"ftp"}}}},
		"rules":                 {Rules: make([]recorder.SamplingRule, 101)},
	} {
		if all := validation.All(s.Validate()); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: %v", field, s.Validate())
		}
	}
}

func TestWhatIsSampledOutIsCounted(t *testing.T) {
	m := &memory{}
	r := recorder.New(recorder.Options{Metrics: m, BufferSize: 10, Sampler: sampler(t, recorder.Sampling{KeepErrors: true})})
	for i := range 5 {
		r.Record(exchange(i, func(r *recording.Recording) { r.ResponseStatus = 200 + 300*(i/4) }))
	}
	if m.sampledOut != 4 || r.QueueLength() != 1 || len(m.dropped) > 0 {
		t.Errorf("%d sampled out, %d queued, %v dropped", m.sampledOut, r.QueueLength(), m.dropped)
	}
}
