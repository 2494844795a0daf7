package scenario_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden holds got to a file of testdata, line by line.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("testdata/%s (-want +got):\n%s", name, diff)
	}
}

// variants returns faults of every kind, in every form that changes what is drawn.
func variants(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/faults.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Valid []struct{ Fault map[string]any }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, example := range file.Valid {
		text, err := json.Marshal(example.Fault)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return append(
		all,
		`{"kind":"latency","delay_ms":12.5}`,
		`{"kind":"latency","delay_ms":12.5,"share":0.25}`,
		`{"kind":"latency","min_ms":10,"max_ms":300,"share":0.5}`,
		`{"kind":"latency","distribution":"normal","delay_ms":200,"deviation_ms":80}`,
		`{"kind":"latency","distribution":"normal","delay_ms":200,"deviation_ms":80,"min_ms":150,"max_ms":250}`,
		`{"kind":"latency","distribution":"lognormal","delay_ms":80}`,
		`{"kind":"latency","distribution":"lognormal","delay_ms":80,"sigma":2.5,"max_ms":400,"share":0.7}`,
		`{"kind":"latency","distribution":"pareto","delay_ms":10}`,
		`{"kind":"latency","distribution":"pareto","delay_ms":1000,"alpha":0.1,"at":"body"}`,
		`{"kind":"latency","distribution":"lognormal","delay_ms":80,"at":"message","share":0.4}`,
		`{"kind":"error"}`,
		`{"kind":"error","share":0.3,"status_codes":[500,501,502,503,504,429,404]}`,
		`{"kind":"error","grpc_code":"NOT_FOUND","after_messages":3}`,
		`{"kind":"corrupt","share":0.5,"bytes_changed":16}`,
		`{"kind":"corrupt","share":0.5,"at":"message"}`,
		`{"kind":"truncate","share":0.5,"keep":0.25}`,
		`{"kind":"drop","share":0.2}`,
		`{"kind":"duplicate","share":0.2,"at":"request"}`,
		`{"kind":"reset","share":0.5,"when":{"every":3,"per":"consumer"}}`,
		`{"kind":"reset","when":{"first":2,"per":"trace"}}`,
		`{"kind":"close","when":{"burst_length":2,"burst_of":7,"per":"route"}}`,
		`{"kind":"timeout","share":0.9,"when":{"window_on_ms":700,"window_of_ms":3000}}`,
		`{"kind":"error","share":0.8,"when":{"ramp_ms":4000}}`,
		`{"kind":"drop","share":0.8,"when":{"ramp_ms":4000}}`,
		`{"kind":"refuse","share":0.3}`,
		`{"kind":"refuse","share":0.3,"when":{"ramp_ms":4000}}`,
		`{"kind":"rate_limit","limit":3,"window_ms":1000}`,
		`{"kind":"rate_limit","limit":5,"window_ms":500,"per":"route","share":0.6}`,
		`{"kind":"rate_limit","limit":7,"per":"all"}`,
	)
}

// goldenExchanges is how many exchanges each line of draws.golden is of.
const goldenExchanges = 300

func goldenExchange(n int) scenario.Exchange {
	x := scenario.Exchange{
		Gateway: []string{"shop", "pay"}[n%2], Protocol: "http", Method: "GET", Path: "/users/7",
		Consumer: fmt.Sprint("consumer-", n%5), Route: fmt.Sprint("/route-", n%3),
	}
	binary.BigEndian.PutUint64(x.TraceID[:8], uint64(n/2)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(x.TraceID[8:], uint64(n/2)+1)
	return x
}

// seen returns all that can be seen of what was drawn, later draws included.
func seen(d scenario.Drawn) string {
	text := fmt.Sprintf("%s %d %d %x", d.Kind, d.Delay, d.Code, d.Seed)
	if d.Quota != nil {
		text += fmt.Sprintf(" %v", *d.Quota)
	}
	for n := range 5 {
		text += fmt.Sprintf(" %v %d", d.Hits(n), d.DelayAt(n))
	}
	return text + fmt.Sprintf(" %x", d.Random().Uint64())
}

func TestDrawsAreBitEqual(t *testing.T) {
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	var lines []string
	digest := func(name string, each func(n int) string) {
		hash := sha256.New()
		hits := 0
		for n := range goldenExchanges {
			if text := each(n); text != "" {
				hits++
				fmt.Fprintln(hash, n, text)
			}
		}
		lines = append(lines, fmt.Sprintf("%x %3d %s", hash.Sum(nil)[:8], hits, name))
	}
	engine := func(d scenario.Definition, now *time.Time) *scenario.Engine {
		t.Helper()
		e, err := scenario.CompileAt(scenario.Scenario{Definition: d, SetAt: start}, func() time.Time { return *now })
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	decide := func(e *scenario.Engine, now *time.Time) func(int) string {
		return func(n int) string {
			*now = start.Add(time.Duration(n) * 17 * time.Millisecond)
			d := e.Decide(goldenExchange(n))
			text := fmt.Sprint(d.Mode, d.Rule, d.Delay, d.Multiplier, d.Floor, d.Status, d.Timeout)
			for _, f := range d.Faults {
				text += "\n" + seen(f)
			}
			if len(d.Faults) == 0 && d.Status == 0 && d.Delay == 0 && d.Timeout == 0 {
				return ""
			}
			return text
		}
	}
	all := variants(t)
	var together []scenario.Fault
	for i, document := range all {
		var f scenario.Fault
		if err := json.Unmarshal([]byte(document), &f); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 && len(together) < scenario.MaxFaults && f.Kind != scenario.FaultRefuse {
			together = append(together, f)
		}
		for _, seed := range []uint64{0, 7, scenario.MaxSeed} {
			now := start
			behavior := scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{f}}
			d := scenario.Definition{Seed: &seed, Behavior: behavior}
			if f.Kind == scenario.FaultRefuse {
				e := engine(d, &now)
				digest(fmt.Sprint("connections, seed ", seed, ": ", document), func(n int) string {
					now = start.Add(time.Duration(n) * 17 * time.Millisecond)
					if e.Refuses("shop", uint64(n)*0x9e3779b97f4a7c15) {
						return "refused"
					}
					return ""
				})
				continue
			}
			digest(fmt.Sprint("default, seed ", seed, ": ", document), decide(engine(d, &now), &now))
			d = scenario.Definition{Seed: &seed, Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: []scenario.Rule{
				{Name: "flaky users", Target: scenario.Target{Path: "/users/{id}", Share: new(0.7)}, Behavior: behavior},
			}}
			digest(fmt.Sprint("rule, seed ", seed, ": ", document), decide(engine(d, &now), &now))
		}
	}
	for _, seed := range []uint64{1, 4242} {
		for _, mode := range []scenario.Behavior{
			{Mode: scenario.Degraded}, {Mode: scenario.Error, ErrorRate: new(0.3)}, {Mode: scenario.Chaos}, {Mode: scenario.Chaos, SpikeProbability: new(0.4)},
		} {
			now := start
			d := scenario.Definition{Seed: &seed, Behavior: mode, Latency: &scenario.Latency{MinMS: 5, MaxMS: 50}}
			digest(fmt.Sprint(mode.Mode, ", seed ", seed), decide(engine(d, &now), &now))
			d.Faults = together
			digest(fmt.Sprint(mode.Mode, " with many, seed ", seed), decide(engine(d, &now), &now))
		}
		now := start
		e := engine(scenario.Definition{Seed: &seed, Behavior: scenario.Behavior{Mode: scenario.Healthy}}, &now)
		for i, f := range together {
			digest(fmt.Sprint("requested, seed ", seed, ": ", i, " ", f.Kind), func(n int) string {
				var texts []string
				for _, f := range e.DecideRequested(goldenExchange(n), slices.Concat(together[i:], together[:i])).Faults {
					texts = append(texts, seen(f))
				}
				return strings.Join(texts, "\n")
			})
		}
	}
	golden(t, "draws.golden", strings.Join(lines, "\n")+"\n")
}

// fieldValues are values of every field of a fault, right and wrong ones.
var fieldValues = []string{
	`"at":"request"`, `"at":"message"`, `"at":"nowhere"`, `"distribution":"pareto"`, `"distribution":"odd"`,
	`"delay_ms":20`, `"delay_ms":-1`, `"delay_ms":3600001`, `"min_ms":1,"max_ms":2`, `"min_ms":3,"max_ms":2`, `"min_ms":-1`, `"max_ms":3.6e9`,
	`"distribution":"normal","delay_ms":5,"deviation_ms":-1`, `"distribution":"normal","delay_ms":5,"deviation_ms":1`,
	`"distribution":"lognormal","delay_ms":0`, `"distribution":"lognormal","delay_ms":5,"sigma":11`, `"distribution":"lognormal","delay_ms":5,"max_ms":4`,
	`"distribution":"pareto","delay_ms":5,"alpha":0`, `"distribution":"pareto","delay_ms":5`, `"distribution":"uniform"`,
	`"status_codes":[503]`, `"status_codes":[]`, `"status_codes":[100,503]`, `"status":204,"body":"x"`, `"status":600`, `"status":418`,
	`"grpc_code":"NOPE"`, `"grpc_code":"UNAVAILABLE"`, `"message":"m"`, `"message":"\u0000"`, `"body":"b"`, `"body":""`, `"body":"\u0000"`,
	`"content_type":"text/plain"`, `"content_type":";"`, `"retry_after_s":0`, `"retry_after_s":86401`,
	`"set_headers":{"x-a":"b"}`, `"set_headers":{"x a":"b","host":"h","x-b":"\n"}`, `"set_headers":{"x-a":"b"},"remove_headers":["X-A"]`,
	`"remove_headers":["x-a","te"]`, `"remove_headers":["x-a"]`, `"timeout_ms":0`, `"timeout_ms":5`, `"duration_ms":0`, `"duration_ms":5`,
	`"window_ms":0`, `"window_ms":5`, `"window_ms":86400001`, `"limit":-1`, `"limit":0`, `"limit":3,"per":"trace"`, `"limit":3,"per":"all"`, `"per":"route"`,
	`"after_bytes":-1`, `"after_bytes":1`, `"after_bytes":1,"keep":0.1`, `"after_bytes":1,"after_messages":1`, `"keep":1.5`, `"keep":0`,
	`"after_messages":-1`, `"after_messages":0`, `"close_code":1005`, `"close_code":4000`, `"bytes_per_second":0`, `"bytes_per_second":10`,
	`"bytes_changed":0`, `"bytes_changed":65537`, `"bytes_changed":4`, `"part":"chunk"`, `"part":"x"`,
	`"patch":[{"op":"remove","path":"/a"}]`, `"patch":[{"op":"odd","path":"a"}]`, `"patch":[]`, `"null_paths":["a.b"]`, `"null_paths":["a..b"]`,
	`"extensions":{"a":1}`, `"extensions":{"a":"\u0000"}`, `"null_paths":["a"],"extensions":{"a":[1,{"b":null}]}`,
	`"share":0.5`, `"share":1.5`, `"when":{"every":0}`, `"when":{"per":"trace"}`, `"when":{"first":2,"per":"route"}`, `"when":{"first":2}`,
	`"at":"request","delay_ms":1,"status_codes":[99],"limit":1,"part":"x","keep":2,"set_headers":{},"patch":[{}]`, ``,
}

func TestFaultsAreCheckedAndFilledInAsEver(t *testing.T) {
	limits := scenario.Limits{MaxLatencyMS: 4, MaxTimeoutMS: 3}
	var out strings.Builder
	for _, kind := range slices.Concat(scenario.FaultKinds(), []scenario.FaultKind{"", "odd"}) {
		for _, fields := range fieldValues {
			document := fmt.Sprintf(`{"kind":%q,%s`, kind, fields)
			document = strings.TrimSuffix(document, ",") + "}"
			var f scenario.Fault
			if err := json.Unmarshal([]byte(document), &f); err != nil {
				t.Fatalf("%s: %v", document, err)
			}
			before, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			full, err := json.Marshal(f.WithDefaults())
			if err != nil {
				t.Fatal(err)
			}
			switch err := f.Validate(); {
			case err == nil:
				fmt.Fprintln(&out, document, "\n  with defaults:", string(full))
				if err := limits.CheckFaults([]scenario.Fault{f}); err != nil {
					fmt.Fprintln(&out, "  limited:", strings.ReplaceAll(err.Error(), "\n", "\n    "))
				}
			case unused(err, kind):
				// Most fields are those of other kinds: these are told from the others by what is here.
			default:
				fmt.Fprintln(&out, document, "\n  refused:", strings.ReplaceAll(err.Error(), "\n", "\n    "))
			}
			if after, _ := json.Marshal(f); string(after) != string(before) {
				t.Errorf("%s is %s after its defaults were asked for", before, after)
			}
		}
	}
	golden(t, "faults.golden", out.String())
}

// unused reports whether err says of one field alone that it is not the kind's.
func unused(err error, kind scenario.FaultKind) bool {
	text := err.Error()
	return !strings.Contains(text, "\n") && strings.HasSuffix(text, fmt.Sprintf(": is not used by kind %s", kind))
}

func TestRequestsAreReadAsEver(t *testing.T) {
	var out strings.Builder
	for _, kind := range slices.Concat(scenario.FaultKinds(), []scenario.FaultKind{"", "odd"}) {
		for _, value := range []string{
			"", "=", "=200ms", "=1.5s", "=100ms-300ms", "=300ms-100ms", "=-1s", "=5", "=0", "=-3", "=503", "=99", "=UNAVAILABLE", "=OK", "=chunk", "=body",
			"=2h", "=99999999999999999999", " = 7 ", "=x;" + string(kind),
		} {
			faults, err := scenario.ParseFaultRequest(string(kind) + value)
			if err != nil && value != "" && strings.Contains(err.Error(), "must be of latency") {
				continue // No value helps what cannot be asked for.
			}
			text, _ := json.Marshal(faults)
			if err != nil {
				text = []byte("refused: " + strings.ReplaceAll(err.Error(), "\n", "\n    "))
			}
			fmt.Fprintf(&out, "%s%s\n  %s\n", kind, value, text)
		}
	}
	for _, value := range []string{"latency=1ms;error=503", "reset;reset", "latency=1ms;;error", "error;latency=9ms ; malform=chunk;corrupt=3;truncate=0"} {
		faults, err := scenario.ParseFaultRequest(value)
		text, _ := json.Marshal(faults)
		fmt.Fprintf(&out, "%s\n  %s %v\n", value, text, err)
	}
	golden(t, "requests.golden", out.String())
}
