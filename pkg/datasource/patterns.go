package datasource

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// patterns answers with a table of what analysis has found so far; looking for more is the app's to start.
func (d *DataSource) patterns(ctx context.Context, q query, filter recording.Filter, _ backend.DataQuery) (data.Frames, error) {
	limit, err := q.limit(defaultRows, maxRows)
	if err != nil {
		return nil, err
	}
	types := []string{string(analysis.Sequence), string(analysis.Frequency), string(analysis.ErrorPattern)}
	for i, wanted := range q.PatternTypes {
		if !slices.Contains(types, wanted) {
			return nil, validation.Errorf(fmt.Sprintf("patternTypes[%d]", i), "must be sequence, frequency or error_pattern, is %q", wanted)
		}
	}
	report, err := d.store.Stored(ctx, filter)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(report.Patterns, func(p analysis.Pattern) bool {
		return len(q.PatternTypes) > 0 && !slices.Contains(q.PatternTypes, string(p.Type))
	})
	all := len(found)
	found = found[:min(all, limit)]
	frame := patternsFrame(found)
	if all > len(found) {
		cut(frame, "%d of %d patterns are shown.", len(found), all)
	}
	return data.Frames{frame}, nil
}

func patternsFrame(found []analysis.Pattern) *data.Frame {
	n := len(found)
	last, first := make([]time.Time, n), make([]time.Time, n)
	types, descriptions, ids := make([]string, n), make([]string, n), make([]string, n)
	consumers, gateways, routes := make([]*string, n), make([]*string, n), make([]*string, n)
	counts, confidences := make([]int64, n), make([]float64, n)
	for i := range found {
		p := &found[i]
		last[i], first[i], types[i], descriptions[i], ids[i] = p.LastSeen, p.FirstSeen, string(p.Type), p.Description, p.ID
		counts[i], confidences[i] = p.OccurrenceCount, p.Confidence
		consumers[i], gateways[i], routes[i] = words(p.Metadata["consumer"]), words(p.Metadata["gateways"]), words(p.Metadata["routes"])
	}
	most := data.ConfFloat64(1)
	frame := data.NewFrame("patterns",
		column("last seen", last, wide(180)),
		column("type", types, wide(120)),
		column("pattern", descriptions, &data.FieldConfig{Custom: map[string]any{"minWidth": 300}}),
		column("occurrences", counts, wide(110)),
		column("confidence", confidences, &data.FieldConfig{Unit: share, Max: &most, Custom: map[string]any{"width": 110}}),
		column("consumer", consumers, nil),
		column("gateways", gateways, nil),
		column("routes", routes, nil),
		column("first seen", first, nil),
		column("id", ids, &data.FieldConfig{Links: []data.DataLink{{
			Title: "Open the patterns", URL: appPath + "/patterns?from=${__from}&to=${__to}",
		}}}),
	)
	frame.SetMeta(&data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable})
	return frame
}

// words returns a text or a list of texts of a pattern's figures as one cell.
func words(value any) *string {
	switch v := value.(type) {
	case string:
		return optional(v)
	case []string:
		return optional(strings.Join(v, ", "))
	case []any:
		texts := make([]string, len(v))
		for i, one := range v {
			texts[i] = fmt.Sprint(one)
		}
		return optional(strings.Join(texts, ", "))
	}
	return nil
}
