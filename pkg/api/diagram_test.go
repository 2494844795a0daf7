package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// session are three exchanges of one consumer, of which a page gives as many as are asked for.
type session struct {
	figures
	query *recording.Query
}

func (s session) Query(_ context.Context, query recording.Query) (recording.Page, error) {
	*s.query = query
	var page recording.Page
	for i := range 3 {
		r := exampleRecording()
		r.Protocol, r.Method, r.Path, r.GRPCStatus, r.WebSocketClose, r.Faults = recording.HTTP, "GET", "/step/"+string(rune('1'+i)), nil, nil, nil
		r.Timestamp = apitest.Start.Add(time.Duration(i) * time.Minute)
		page.Recordings = append(page.Recordings, r)
	}
	if !query.Ascending {
		slices.Reverse(page.Recordings)
	}
	if query.Limit < 3 {
		page.Recordings, page.NextCursor = page.Recordings[:query.Limit], "more"
	}
	return page, nil
}

func TestADiagramIsOfOneTraceOrOneConsumer(t *testing.T) {
	var query recording.Query
	s := newServer(t, func(o *api.Options) { o.Recordings = session{query: &query} })
	draw := func(parameters string) (analysis.Diagram, string) {
		t.Helper()
		a := s.send("GET", "/recordings/diagram?"+parameters, "")
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", parameters, a.status, a.body)
		}
		if strings.Contains(parameters, "format=") {
			return analysis.Diagram{}, a.body
		}
		d := decode[analysis.Diagram](t, a)
		var paths []string
		for _, step := range d.Steps {
			if step.Kind == analysis.RequestStep && d.Participants[step.From].Kind == analysis.ConsumerParticipant {
				paths = append(paths, strings.TrimPrefix(step.Text, "GET /step/"))
			}
		}
		return d, strings.Join(paths, " ")
	}

	d, order := draw("consumer=web&limit=2")
	if order != "2 3" || !d.Truncated || d.Exchanges != 2 || query.Consumers[0] != "web" {
		t.Errorf("the latest two of a consumer: %s %+v", order, d)
	}
	if last := d.Participants[len(d.Participants)-1]; last != (analysis.Participant{Name: "127.0.0.1:8000", Kind: analysis.UpstreamParticipant}) {
		t.Errorf("the upstream is %+v", last)
	}
	if d, order := draw("consumer=web&limit=2&from=2026-03-14T15:00:00Z"); order != "1 2" || !d.Truncated || query.From == nil {
		t.Errorf("the first two since: %s %+v", order, d)
	}
	if d, order := draw("trace_id=0AF7651916CD43DD8448EB211C80319C"); order != "1 2 3" || d.Truncated {
		t.Errorf("a trace: %s %+v", order, d)
	}
	if _, text := draw("consumer=web&format=mermaid"); !strings.HasPrefix(text, "sequenceDiagram") {
		t.Errorf("Mermaid: %s", text)
	}
	if _, text := draw("consumer=web&format=plantuml"); !strings.HasPrefix(text, "@startuml") {
		t.Errorf("PlantUML: %s", text)
	}
}

func TestABadDiagramNamesTheParameter(t *testing.T) {
	s := newServer(t, nil)
	for query, field := range map[string]string{
		"": "trace_id", "trace_id=0af7651916cd43dd8448eb211c80319c&consumer=web": "trace_id", "trace_id=7": "trace_id", "consumer=web&from=today": "from",
		"consumer=web&from=2026-03-14T15:00:00Z&to=2026-03-14T14:00:00Z": "to", "consumer=web&limit=0": "limit", "consumer=web&limit=501": "limit",
		"consumer=web&format=svg": "format", "consumer=web&color=red": "color", "consumer=" + strings.Repeat("x", 2000): "consumer",
	} {
		a := s.send("GET", "/recordings/diagram?"+query, "")
		p := decode[api.Problem](t, a)
		if wrong := p.Field != field && !(field == "to" && p.Field == "from"); a.status != http.StatusBadRequest || wrong {
			t.Errorf("%.80q: %d %.300s, want %s", query, a.status, a.body, field)
		}
	}
}
