package api

import (
	"bytes"
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultExchanges = 100
	maxExchanges     = 500
)

func (h *handler) getDiagram(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	query := r.URL.Query()
	if err := knownParameters(query, "trace_id", "consumer", "from", "to", "format", "limit"); err != nil {
		return err
	}
	filter, title, err := diagramFilter(query)
	if err != nil {
		return err
	}
	limit, err := integer(query, "limit", defaultExchanges, 1, maxExchanges)
	if err != nil {
		return err
	}
	format := query.Get("format")
	if !slices.Contains([]string{"", "json", "mermaid", "plantuml"}, format) {
		return validation.Errorf("format", "must be json, mermaid or plantuml, is %q", clip(format))
	}
	page, truncated, err := h.session(r.Context(), filter, int(limit))
	if err != nil {
		return err
	}
	diagram, err := analysis.NewDiagram(inOrder(readableAll(r, page)), analysis.DiagramOptions{
		Title: title, MaxExchanges: int(limit), Upstream: h.upstreams(r.Context()),
	})
	if err != nil {
		return err
	}
	diagram.Truncated = truncated
	return writeDiagram(w, diagram, format)
}

func diagramFilter(query url.Values) (recording.Filter, string, error) {
	filter := recording.Filter{TraceID: query.Get("trace_id")}
	title := "Trace " + filter.TraceID
	switch consumer := query.Get("consumer"); {
	case (filter.TraceID == "") == (consumer == ""):
		return filter, "", validation.Errorf("trace_id", "or consumer is required, one of both")
	case consumer != "":
		filter.Consumers, title = []string{consumer}, consumer
	}
	for name, field := range map[string]**time.Time{"from": &filter.From, "to": &filter.To} {
		if query.Get(name) == "" {
			continue
		}
		at, err := moment(query, name, time.Time{})
		if err != nil {
			return filter, "", err
		}
		*field = &at
	}
	err := filter.Validate()
	if all := validation.All(err); len(all) > 0 && filter.Consumers != nil {
		// Users know one consumer here, not a list.
		err = validation.Errorf("consumer", "%s", all[0].Problem)
		if all[0].Field == "from" || all[0].Field == "to" {
			err = all[0]
		}
	}
	return filter, title, err
}

// session returns the exchanges to draw, in order of time, and whether there are more: the first ones where the user says from
// when on, else the latest.
func (h *handler) session(ctx context.Context, filter recording.Filter, limit int) ([]recording.Recording, bool, error) {
	fromStart := filter.From != nil || filter.TraceID != ""
	page, err := h.Recordings.Query(ctx, recording.Query{Filter: filter, Limit: limit, Ascending: fromStart})
	if err != nil {
		return nil, false, err
	}
	if !fromStart {
		slices.Reverse(page.Recordings)
	}
	return page.Recordings, page.NextCursor != "", nil
}

func inOrder(all []recording.Recording) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// upstreams names the upstreams of gateways by what the running collectors say. A diagram is good without.
func (h *handler) upstreams(ctx context.Context) func(string) string {
	hosts := map[string]string{}
	if h.Instances == nil {
		return nil
	}
	instances, err := h.Instances.Instances(ctx)
	if err != nil {
		return nil
	}
	for _, instance := range instances {
		for _, gateway := range instance.Gateways {
			if upstream, err := url.Parse(gateway.Upstream); err == nil {
				hosts[gateway.Name] = upstream.Host
			}
		}
	}
	return func(gateway string) string { return hosts[gateway] }
}

func writeDiagram(w http.ResponseWriter, diagram analysis.Diagram, format string) error {
	write := diagram.Mermaid
	switch format {
	case "", "json":
		return writeJSON(w, http.StatusOK, diagram)
	case "plantuml":
		write = diagram.PlantUML
	}
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(text.Bytes()) // a client that is gone needs no answer
	return nil
}
