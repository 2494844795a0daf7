package apitest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Marker is in every content of MarkedRecording.
const Marker = "marker-of-contents"

// markedBinary is a content that is no text.
var markedBinary = append([]byte{0xff}, Marker...)

// MarkedID is the id of MarkedRecording, MarkedJob that of a job of replays that a store of a test may have.
var (
	MarkedID  = uuid.MustParse("019cf0a1-7b3c-7def-8123-0000000000aa")
	MarkedJob = uuid.MustParse("019cf0a1-7b3c-7def-8123-0000000000bb")
)

// MarkedRecording returns a recording with Marker wherever contents are.
func MarkedRecording(at time.Time) recording.Recording {
	values := func(name string) recording.Values { return recording.Values{name: {Marker}, Marker: {"value"}} }
	text := recording.Body{Content: []byte(`{"name":"` + Marker + `"}`), Size: 30}
	return recording.Recording{
		ID: MarkedID, Timestamp: at, TraceID: "0af7651916cd43dd8448eb211c80319c", Protocol: recording.HTTP, Gateway: "shop", Instance: "i-1", Consumer: "web",
		Method: "POST", Scheme: "http", Host: "shop", Path: "/orders", Target: "/orders?q=" + Marker + "&" + Marker + "=value", Route: "/orders", QueryParams: values("q"), Headers: values("X-Request"), HeaderForm: "x-Request " + Marker, Body: text,
		ResponseStatus: 200, ResponseHeaders: values("X-Response"), ResponseHeaderForm: "x-Response " + Marker, ResponseTrailers: values("X-Trailer"), ResponseBody: text, ResponseTimeMS: 1, ScenarioMode: "healthy",
		Messages: []recording.Message{
			{Direction: "in", Kind: "text", Body: recording.Body{Content: []byte(Marker), Size: int64(len(Marker))}},
			{Direction: "out", Kind: "binary", Body: recording.Body{Content: markedBinary, Size: int64(len(markedBinary))}},
		},
	}
}

// IsMarked reports whether an answer has any of the contents of MarkedRecording.
func IsMarked(header http.Header, body string) bool {
	all := body
	for name, values := range header {
		all += name + strings.Join(values, "\n")
	}
	return strings.Contains(strings.ToLower(all), Marker) || strings.Contains(all, base64.StdEncoding.EncodeToString(markedBinary))
}

// Contents is what becomes of a request of somebody who may not read contents.
type Contents int

// The kinds.
const (
	// None: the answer has no contents.
	None Contents = iota
	// LeftOut: the answer comes without.
	LeftOut
	// Refused: 403.
	Refused
)

// Probe is a request of a route.
type Probe struct {
	// Pattern is the route's, as the OpenAPI document has it: "GET /recordings/{id}".
	Pattern string
	// Target is path and query, Body is JSON.
	Target, Body string
	Write        bool
	Contents     Contents
	// Shows reports whether Marker is in the answer to somebody who may read it, where MarkedRecording is stored.
	Shows bool
}

// thatDay is a range of time, for routes that need one.
const thatDay = "from=2026-03-14T00:00:00Z&to=2026-03-15T00:00:00Z"

// importedLine is a recording as files have them.
func importedLine() string {
	r := MarkedRecording(Start)
	r.ID = uuid.MustParse("019cf0a1-7b3c-7def-8123-0000000000cc")
	line, err := recording.Marshal(&r)
	if err != nil {
		panic(err)
	}
	return string(line)
}

// Probes go through every route of the control API, with each way to get at contents.
func Probes() []Probe {
	one, job := "/recordings/"+MarkedID.String(), "/recordings/replays/"+MarkedJob.String()
	probes := []Probe{
		{Pattern: "GET /scenarios/mode", Target: "/scenarios/mode"},
		{Pattern: "PUT /scenarios/mode", Target: "/scenarios/mode", Body: `{"mode":"error"}`, Write: true},
		{Pattern: "PUT /scenarios/latency", Target: "/scenarios/latency", Body: `{"min_ms":1,"max_ms":2}`, Write: true},
		{Pattern: "GET /scenarios/chaos/config", Target: "/scenarios/chaos/config"},
		{Pattern: "PUT /scenarios/chaos/config", Target: "/scenarios/chaos/config", Body: `{"error_rate":0.1}`, Write: true},
		{Pattern: "GET /scenarios/presets", Target: "/scenarios/presets"},
		{Pattern: "POST /scenarios/presets", Target: "/scenarios/presets", Body: `{"name":"mine","mode":"healthy"}`, Write: true},
		{Pattern: "GET /scenarios/presets/export", Target: "/scenarios/presets/export?all=true"},
		{Pattern: "POST /scenarios/presets/import", Target: "/scenarios/presets/import?replace=true", Body: `{"presets":[{"name":"mine","mode":"healthy"}]}`, Write: true},
		{Pattern: "GET /scenarios/presets/{name}", Target: "/scenarios/presets/mine"},
		{Pattern: "POST /scenarios/presets/{name}", Target: "/scenarios/presets/mine", Write: true},
		{Pattern: "PUT /scenarios/presets/{name}", Target: "/scenarios/presets/mine", Body: `{"name":"mine","mode":"healthy"}`, Write: true},
		{Pattern: "DELETE /scenarios/presets/{name}", Target: "/scenarios/presets/mine", Write: true},
		{Pattern: "GET /scenarios/rules", Target: "/scenarios/rules"},
		{Pattern: "PUT /scenarios/rules", Target: "/scenarios/rules", Body: `{"rules":[]}`, Write: true},
		{Pattern: "POST /scenarios/stop", Target: "/scenarios/stop", Write: true},
		{Pattern: "GET /scenarios/history", Target: "/scenarios/history"},
		{Pattern: "GET /scenarios/changes", Target: "/scenarios/changes?" + thatDay},
		{Pattern: "GET /instances", Target: "/instances"},
		{Pattern: "GET /about", Target: "/about"},
		{Pattern: "GET /traffic", Target: "/traffic"},
		{Pattern: "GET /traffic/series", Target: "/traffic/series?step=1h&gateways=shop&" + thatDay},
		{Pattern: "GET /recordings/values", Target: "/recordings/values?field=routes"},
		{Pattern: "GET /recordings/volume", Target: "/recordings/volume?step=1h&" + thatDay},
		{Pattern: "GET /recordings/stats", Target: "/recordings/stats?gateways=shop"},
		{Pattern: "GET /recordings/patterns", Target: "/recordings/patterns?gateways=shop"},
		{Pattern: "POST /recordings/patterns", Target: "/recordings/patterns", Body: `{"gateways":["shop"]}`, Write: true},
		{Pattern: "POST /recordings/import", Target: "/recordings/import", Body: importedLine(), Write: true},
		{Pattern: "GET /recordings/diagram", Target: "/recordings/diagram?consumer=web"},
		{Pattern: "POST /recordings/query", Target: "/recordings/query", Body: `{"gateways":["shop"]}`, Contents: LeftOut, Shows: true},
		{Pattern: "GET /recordings/{id}", Target: one, Contents: LeftOut, Shows: true},
		{Pattern: "PUT /recordings/{id}/tags", Target: one + "/tags", Body: `{"tags":["seen"]}`, Write: true},
		{Pattern: "POST /recordings/replay/{id}", Target: "/recordings/replay/" + MarkedID.String(), Write: true, Contents: LeftOut},
		{
			Pattern: "POST /recordings/replay/{id}", Target: "/recordings/replay/" + MarkedID.String(),
			Body: `{"scenarios":[{"mode":"healthy"},{"mode":"error"}]}`, Write: true, Contents: LeftOut,
		},
		{Pattern: "POST /recordings/replays", Target: "/recordings/replays", Body: `{"recording_ids":["` + MarkedID.String() + `"]}`, Write: true, Contents: LeftOut},
		{Pattern: "GET /recordings/replays", Target: "/recordings/replays", Contents: LeftOut},
		{Pattern: "GET /recordings/replays/{job}", Target: job, Contents: LeftOut},
		{Pattern: "GET /recordings/replays/{job}/results", Target: job + "/results", Contents: LeftOut},
		{Pattern: "POST /recordings/replays/{job}/pause", Target: job + "/pause", Write: true, Contents: LeftOut},
		{Pattern: "POST /recordings/replays/{job}/resume", Target: job + "/resume", Write: true, Contents: LeftOut},
		{Pattern: "POST /recordings/replays/{job}/stop", Target: job + "/stop", Write: true, Contents: LeftOut},
		{Pattern: "GET /openapi.yaml", Target: "/openapi.yaml"},
		{Pattern: "GET /ws/metrics", Target: "/ws/metrics"},
		{Pattern: "POST /recordings/replays", Target: "/recordings/replays", Body: `{"filter":{"not":{"text":"m"}}}`, Write: true, Contents: Refused},
		{Pattern: "POST /recordings/patterns", Target: "/recordings/patterns", Body: `{"headers":{"x-request":"*"}}`, Write: true, Contents: Refused},
	}
	const rule = `{"mode":"healthy","rules":[{"name":"r","target":{%s},"mode":"error"}]}`
	for _, target := range []string{`"headers":{"X-Request":"m"}`, `"query":{"q":"*"}`} {
		under := fmt.Sprintf(rule, target)
		probes = append(probes,
			Probe{Pattern: "POST /recordings/replay/{id}", Target: "/recordings/replay/" + MarkedID.String(), Body: `{"scenario":` + under + `}`, Write: true, Contents: Refused},
			Probe{Pattern: "POST /recordings/replay/{id}", Target: "/recordings/replay/" + MarkedID.String(), Body: `{"scenarios":[{"mode":"error"},` + under + `]}`, Write: true, Contents: Refused},
			Probe{Pattern: "POST /recordings/replays", Target: "/recordings/replays", Body: `{"recording_ids":["` + MarkedID.String() + `"],"scenario":` + under + `}`, Write: true, Contents: Refused})
	}
	for _, part := range []string{"request", "response", "message:0", "message:1"} {
		probes = append(probes, Probe{Pattern: "GET /recordings/{id}/body", Target: one + "/body?part=" + part, Contents: Refused, Shows: true})
	}
	for _, format := range recording.Formats() {
		contents := Refused
		if format.Name == "csv" {
			contents = LeftOut
		}
		// An OpenAPI document is of types, not of values.
		shows := format.Name != "openapi"
		probes = append(probes,
			Probe{Pattern: "GET /recordings/export", Target: "/recordings/export?format=" + format.Name, Contents: contents, Shows: shows},
			Probe{Pattern: "GET /recordings/{id}/export", Target: one + "/export?format=" + format.Name, Contents: contents, Shows: shows})
	}
	for _, condition := range []string{"text=m", "headers.x-request=*", "not.text=m", "not.headers.x-request=a"} {
		for pattern, target := range map[string]string{
			"GET /recordings/stats":    "/recordings/stats?",
			"GET /recordings/values":   "/recordings/values?field=routes&",
			"GET /recordings/volume":   "/recordings/volume?step=1h&" + thatDay + "&",
			"GET /recordings/export":   "/recordings/export?format=csv&",
			"GET /recordings/patterns": "/recordings/patterns?",
		} {
			probes = append(probes, Probe{Pattern: pattern, Target: target + condition, Contents: Refused})
		}
	}
	for _, filter := range []string{`{"text":"m"}`, `{"headers":{"x-request":"*"}}`, `{"not":{"text":"m"}}`, `{"not":{"headers":{"x-request":"*"}}}`} {
		probes = append(probes, Probe{Pattern: "POST /recordings/query", Target: "/recordings/query", Body: filter, Contents: Refused})
	}
	return probes
}

// Caller is somebody who sends probes.
type Caller struct {
	Name string
	// Outside is the status of all answers to somebody who is not let in, 0 for all others.
	Outside                 int
	CanWrite, CanReadBodies bool
}

// Answer is what came of a probe.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Walk sends every probe for a caller, and holds the answers to what the caller may do. patterns are the routes that are
// served: one without a probe fails the test. Shown are the patterns at which Marker must be seen by who may read it.
func Walk(t *testing.T, patterns []string, caller Caller, shown func(Probe) bool, send func(Probe) Answer) {
	t.Helper()
	served, probed := map[string]bool{}, map[string]bool{}
	for _, pattern := range patterns {
		served[pattern] = true
	}
	for _, probe := range Probes() {
		probed[probe.Pattern] = true
		if !served[probe.Pattern] {
			continue
		}
		method, _, _ := strings.Cut(probe.Pattern, " ")
		got := send(probe)
		name := method + " " + probe.Target + " " + probe.Body
		refused := probe.Write && !caller.CanWrite || probe.Contents == Refused && !caller.CanReadBodies
		switch {
		case caller.Outside != 0:
			if got.Status != caller.Outside {
				t.Errorf("%s by %s: %d, want %d", name, caller.Name, got.Status, caller.Outside)
			}
		case refused != (got.Status == http.StatusForbidden) || got.Status == http.StatusUnauthorized || got.Status == http.StatusNotFound && probe.Shows:
			t.Errorf("%s by %s: %d %.300s, refused is to be %t", name, caller.Name, got.Status, got.Body, refused)
		}
		readable := caller.Outside == 0 && caller.CanReadBodies && !refused
		marked := IsMarked(got.Header, got.Body)
		if marked && !readable {
			t.Errorf("%s by %s has contents: %s", name, caller.Name, got.Body)
		}
		if !marked && readable && shown(probe) {
			t.Errorf("%s by %s has no contents: %d %.300s", name, caller.Name, got.Status, got.Body)
		}
		said := strings.Contains(got.Body, `"withheld":[`)
		if said && readable {
			t.Errorf("%s by %s says that contents were withheld: %s", name, caller.Name, got.Body)
		}
		if shown(probe) && probe.Contents == LeftOut && strings.Contains(got.Header.Get("Content-Type"), "json") && !said && !readable && !refused && caller.Outside == 0 {
			t.Errorf("%s by %s does not say that contents were withheld: %s", name, caller.Name, got.Body)
		}
	}
	for _, pattern := range patterns {
		if !probed[pattern] {
			t.Errorf("no probe says who may send %s", pattern)
		}
	}
}
