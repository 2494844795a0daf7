// Package recordingtest has cases that every store of recordings is held to.
package recordingtest

import (
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Filtered are recordings that tell filters apart, one a minute from start on. whole has every field set, and simple makes one of a
// time that has few; n counts them.
func Filtered(start time.Time, whole recording.Recording, simple func(at time.Time, n byte) recording.Recording) []recording.Recording {
	var batch []recording.Recording
	add := func(change func(*recording.Recording)) {
		r := simple(start.Add(time.Duration(len(batch))*time.Minute), byte(len(batch)))
		change(&r)
		batch = append(batch, r)
	}
	add(func(r *recording.Recording) { *r = whole })
	for _, path := range []string{"/users/1", "/users/1/orders/2", "/USERS/", "/users", "/a%_b\\c", "/a.b/(c)+[d]", "/line\nbreak", "/{literal"} {
		add(func(r *recording.Recording) { r.Path = path })
	}
	for _, status := range []int{0, 101, 204, 404, 429, 499, 500, 599} {
		add(func(r *recording.Recording) { r.ResponseStatus, r.ResponseTimeMS = status, float64(status) })
	}
	add(func(r *recording.Recording) {
		r.Faults = []recording.Fault{{Kind: "latency"}}
		r.ScenarioMode = "degraded"
	})
	add(func(r *recording.Recording) { r.Method, r.Gateway, r.Consumer, r.Route = "POST", "pay", "ci", "/pay" })
	add(func(r *recording.Recording) { r.Tags = []string{"replay", "nightly"}; r.Protocol = recording.GRPC })
	add(func(r *recording.Recording) {
		r.Headers = recording.Values{"X-Needle": {"hay", "50%_off"}, "Empty": {}}
	})
	add(func(r *recording.Recording) { r.ResponseHeaders = recording.Values{"Etag": {`"NEEDLE"`}} })
	add(func(r *recording.Recording) { r.Body.Content = []byte("a needle in it") })
	add(func(r *recording.Recording) { r.ResponseBody.Content = []byte("binary needle \xff") })
	add(func(r *recording.Recording) {
		r.ResponseBody = recording.Body{Content: []byte("needle cut \xe2\x82"), Truncated: true}
	})
	add(func(r *recording.Recording) { r.QueryParams = recording.Values{"q": {"needle is not searched here"}} })
	add(func(r *recording.Recording) { r.Failure = "client aborted" })
	add(func(r *recording.Recording) {
		r.Failure, r.FailedBy, r.FailureKind, r.ResponseStatus = "upstream timed out", recording.ByUpstream, recording.FailureTimeout, 504
	})
	add(func(r *recording.Recording) {
		r.Headers = recording.Values{"X-Path": {`C:\dir\`, "tab\there", "\x01\x7f\u2028é"}}
	})
	add(func(r *recording.Recording) { r.Rule, r.Headers = "third", recording.Values{"X-A": {"1", `q"<&`}} })
	return batch
}

// Filters are filters of Filtered by what they are about: every condition, and its neighbours.
func Filters(start time.Time) map[string]recording.Filter {
	at := func(n int) *time.Time { t := start.Add(time.Duration(n) * time.Minute); return &t }
	yes, no, low, high := true, false, 204.0, 429.0
	return map[string]recording.Filter{
		"all": {}, "from": {From: at(5)}, "to": {To: at(5)}, "one moment": {From: at(5), To: at(5)},
		"protocols": {Protocols: []recording.Protocol{recording.GRPC, recording.WebSocket}}, "gateway": {Gateways: []string{"pay"}},
		"methods": {Methods: []string{"POST", "PUT"}}, "method has a case": {Methods: []string{"post"}}, "routes": {Routes: []string{"/pay"}},
		"modes": {Modes: []string{"chaos", "degraded"}}, "consumers": {Consumers: []string{"ci", "app"}},
		"faults": {Faults: []string{"error"}}, "either fault": {Faults: []string{"error", "latency"}}, "tags": {Tags: []string{"nightly", "x"}},
		"path part": {Path: "uSeRs"}, "path part with wildcards of LIKE": {Path: `%_b\`}, "path of a regular expression": {Path: "a.b/(c)+["},
		"segment": {Path: "/users/*"}, "named segment": {Path: "/users/{id}"}, "empty braces": {Path: "/users/{}/orders/{}"}, "rest": {Path: "/users/**"},
		"anywhere": {Path: "**/orders**"}, "within": {Path: "/u*s"}, "pattern with specials": {Path: "/a.b/(*)+[d]"}, "newline": {Path: "/line**"},
		"newline in a segment": {Path: "/{}"}, "unclosed": {Path: "/{literal"}, "backslash": {Path: `/a*\c`},
		"none": {Statuses: []string{"none"}}, "class": {Statuses: []string{"4xx"}}, "upper class": {Statuses: []string{"5XX"}},
		"code or range": {Statuses: []string{"404", "500-598"}}, "durations": {MinDurationMS: &low, MaxDurationMS: &high},
		"injected": {Injected: &yes}, "organic": {Injected: &no}, "trace": {TraceID: "0AF7651916CD43DD8448EB211C80319C"},
		"text": {Text: "Needle"}, "text with wildcards": {Text: "50%_"}, "text in a path": {Text: "break"}, "text of JSON": {Text: `","`}, "quoted": {Text: `"needle"`},
		"backslashes": {Text: `c:\dir\`}, "tab": {Text: "TAB\there"}, "control": {Text: "\x01\x7f\u2028É"}, "punctuation": {Text: `": ["`}, "brackets": {Text: "]}"},
		"header with backslashes": {Headers: map[string]string{"X-Path": `C:\dir\`}}, "header with a tab": {Headers: map[string]string{"X-Path": "tab\there"}},
		"rules": {Rules: []string{"half", "third"}}, "failures": {Failures: &yes}, "complete answers": {Failures: &no},
		"failed by": {FailedBy: []recording.FailedBy{recording.ByClient}}, "failed by either": {FailedBy: []recording.FailedBy{recording.ByUpstream, recording.ByLimit}},
		"failed how":       {FailureKinds: []recording.FailureKind{recording.FailureTimeout, recording.FailureReset}},
		"not failed by":    {Not: &recording.Filter{FailedBy: []recording.FailedBy{recording.ByUpstream}}},
		"not failed how":   {Failures: &yes, Not: &recording.Filter{FailureKinds: []recording.FailureKind{recording.FailureTimeout}}},
		"failed by nobody": {FailedBy: []recording.FailedBy{recording.ByPlugin}},
		"header":           {Headers: map[string]string{"x-two": "2"}}, "response header": {Headers: map[string]string{"etag": `"NEEDLE"`}},
		"header of any value": {Headers: map[string]string{"X-TWO": "*"}}, "header without a value": {Headers: map[string]string{"empty": "*"}},
		"headers": {Headers: map[string]string{"X-Two": "1", "Content-Type": "text/plain"}}, "special header": {Headers: map[string]string{"X-A": `q"<&`}},
		"another value": {Headers: map[string]string{"X-Two": "3"}}, "header values have a case": {Headers: map[string]string{"Etag": `"needle"`}},
		"not a route": {Not: &recording.Filter{Routes: []string{"/pay"}}}, "not a trace": {Not: &recording.Filter{TraceID: "0af7651916cd43dd8448eb211c80319c"}},
		"neither of two fields": {Not: &recording.Filter{Methods: []string{"POST"}, Statuses: []string{"5xx", "none"}}},
		"not injected":          {Not: &recording.Filter{Injected: &yes}}, "not a time": {Not: &recording.Filter{From: at(3), To: at(7)}},
		"not a duration": {Not: &recording.Filter{MinDurationMS: &low, MaxDurationMS: &high}}, "not a header": {Not: &recording.Filter{Headers: map[string]string{"X-Two": "2"}}},
		"not two headers": {Not: &recording.Filter{Headers: map[string]string{"X-Two": "2", "X-Needle": "*"}}}, "not a text": {Not: &recording.Filter{Text: "needle"}},
		"not a path": {Not: &recording.Filter{Path: "/users/**"}}, "not a fault": {Not: &recording.Filter{Faults: []string{"error"}, Tags: []string{"nightly"}}},
		"one but not the other": {Modes: []string{"chaos", "degraded"}, Not: &recording.Filter{Faults: []string{"error"}}}, "not nothing": {Not: &recording.Filter{}},
		"together": {Modes: []string{"healthy"}, Statuses: []string{"2xx"}, Path: "/users/**", Methods: []string{"GET"}, Injected: &no},
	}
}

// MatchesNothing reports whether a filter of Filters is one that no recording meets; each of the others some do.
func MatchesNothing(name string) bool {
	return slices.Contains([]string{
		"method has a case", "text of JSON", "punctuation", "brackets", "another value", "header values have a case", "failed by nobody",
	}, name)
}
