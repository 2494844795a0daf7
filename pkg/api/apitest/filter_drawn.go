package apitest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// filterDrawn draws recordings, and for every condition there is values that some of them may have, with a fixed seed.
func filterDrawn(t *testing.T, newStore func(*testing.T, []recording.Recording) map[string]api.Recordings) {
	d := drawing{rand.New(rand.NewPCG(7, 11))}
	var batch []recording.Recording
	for n := range 80 {
		batch = append(batch, d.recording(n))
	}
	ways := newStore(t, batch)
	for _, field := range recording.AllConditions.Fields {
		t.Run(field, func(t *testing.T) {
			found := 0
			for range 8 {
				f := d.filter(t, field)
				n := sameFound(t, ways, batch, f)
				if found += n; t.Failed() {
					t.Fatalf("%d match %+v", n, f)
				}
				if field != "not" {
					sameFound(t, ways, batch, recording.Filter{Not: &f})
				}
			}
			if found == 0 {
				t.Error("no filter matches anything")
			}
		})
	}
}

type drawing struct{ random *rand.Rand }

// words have what stores and their languages have a meaning of their own for.
var words = []string{"a", "A", "shop", "Needle", "%", "_", `\`, `"`, "'", "é", "É", " ", "*", "[", "{", "}", ",", "null", "\t", "\n", "?", "$1", "/", "%2F", "%20", "+", "K", "k", "\u212a", "日本"}

func (d drawing) one(of ...string) string { return of[d.random.IntN(len(of))] }

func (d drawing) some(of ...string) []string {
	all := make([]string, 1+d.random.IntN(2))
	for i := range all {
		all[i] = d.one(of...)
	}
	return all
}

func (d drawing) text() string { return strings.Join(d.some(words...), "") }

func (d drawing) likely() bool { return d.random.IntN(3) > 0 }

func (d drawing) trace() string { return strings.Repeat(d.one("0a", "ff", "1c"), 16) }

func (d drawing) duration() *float64 {
	n := float64(d.random.IntN(8)) / 4
	return &n
}

func (d drawing) moment() *time.Time {
	at := Noon.Add(time.Duration(d.random.IntN(80))*time.Minute + time.Duration(d.random.IntN(3)-1)*time.Nanosecond)
	return &at
}

func (d drawing) values() recording.Values {
	if !d.likely() {
		return nil
	}
	return recording.Values{d.one("X-A", "Etag"): d.some(words...), "X-" + d.one("One", "Two"): {d.text()}}
}

func (d drawing) body() recording.Body {
	if !d.likely() {
		return recording.Body{}
	}
	content := d.text() + d.one("", "", "\xff", "\x00")
	return recording.Body{Content: []byte(content), Size: int64(len(content))}
}

var (
	faultKinds = []string{"latency", "error", "reset"}
	modes      = []string{"healthy", "degraded", "chaos"}
)

func (d drawing) recording(n int) recording.Recording {
	r := Simple(Noon.Add(time.Duration(n)*time.Minute), n)
	r.Protocol = recording.Protocols()[d.random.IntN(4)]
	r.Gateway, r.Route, r.Consumer, r.Rule, r.ScenarioMode, r.Method = d.text(), d.text(), d.text(), d.text(), d.one(modes...), d.one("GET", "POST", "")
	r.Path = "/" + d.text()
	if d.likely() {
		r.Target = recording.Target(r.Path)
		r.Path = r.Target.EscapedPath()
	}
	if d.likely() {
		r.TraceID = d.trace()
	}
	r.ResponseStatus, r.ResponseTimeMS = []int{0, 101, 200, 204, 404, 499, 500, 599}[d.random.IntN(8)], *d.duration()
	if !d.likely() {
		for _, kind := range d.some(faultKinds...) {
			r.Faults = append(r.Faults, recording.Fault{Kind: kind, Detail: d.text()})
		}
		r.Tags = d.some(words[:6]...)
	}
	r.Failure = d.one("", "", "upstream timed out")
	if d.likely() { // of what has not failed, too
		r.FailedBy, r.FailureKind = recording.FailedBys()[d.random.IntN(3)], recording.FailureKinds()[d.random.IntN(3)]
	}
	r.Headers, r.ResponseHeaders, r.Body, r.ResponseBody = d.values(), d.values(), d.body(), d.body()
	return r
}

// filter draws one that gives a condition. It fails for a condition that is new: draw values for it.
func (d drawing) filter(t *testing.T, field string) (f recording.Filter) {
	t.Helper()
	yes := d.random.IntN(2) == 0
	switch field {
	case "from":
		f.From = d.moment()
	case "to":
		f.To = d.moment()
	case "protocols":
		f.Protocols = recording.Protocols()[:1+d.random.IntN(3)]
	case "gateways":
		f.Gateways = d.some(words...)
	case "methods":
		f.Methods = d.some("GET", "POST", "", "get")
	case "routes":
		f.Routes = d.some(words...)
	case "modes":
		f.Modes = d.some(modes...)
	case "consumers":
		f.Consumers = d.some(words...)
	case "rules":
		f.Rules = d.some(words...)
	case "faults":
		f.Faults = d.some(faultKinds...)
	case "tags":
		f.Tags = d.some(words[:6]...)
	case "path":
		for f.Path == "" || f.Validate() != nil {
			f.Path = d.one("", "/", "/*", "**", "/{x}") + d.text()
		}
	case "statuses":
		f.Statuses = d.some("none", "2xx", "404", "400-499", "500-598", "1XX")
	case "min_duration_ms":
		f.MinDurationMS = d.duration()
	case "max_duration_ms":
		f.MaxDurationMS = d.duration()
	case "injected":
		f.Injected = &yes
	case "failures":
		f.Failures = &yes
	case "failed_by":
		f.FailedBy = recording.FailedBys()[d.random.IntN(3):][:1+d.random.IntN(2)]
	case "failure_kind":
		f.FailureKinds = recording.FailureKinds()[d.random.IntN(3):][:1+d.random.IntN(2)]
	case "trace_id":
		if f.TraceID = d.trace(); yes {
			f.TraceID = strings.ToUpper(f.TraceID)
		}
	case "headers":
		f.Headers = map[string]string{d.one("x-a", "ETAG", "X-One"): d.one(append(words, recording.AnyValue, recording.AnyValue)...)}
	case "text":
		f.Text = d.text()
	case "not":
		out := merged(d.filter(t, d.one("gateways", "text", "failed_by", "trace_id")), d.filter(t, d.one("methods", "headers", "path", "tags")))
		f.Not = &out
	default:
		t.Fatalf("no values are drawn for %s", field)
	}
	return f
}
