package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// getPatterns gives what was found before. It has never to change or to cost anything: any page of any site can send it.
func (h *handler) getPatterns(w http.ResponseWriter, r *http.Request) error {
	if h.Patterns == nil {
		return unavailable("patterns")
	}
	// First of all, since it was a parameter once, and users of it are to learn what is there now.
	if query, err := url.ParseQuery(r.URL.RawQuery); err == nil && query.Has("refresh") {
		return validation.Errorf("refresh", "is not a parameter of GET: POST /recordings/patterns has recordings analysed")
	}
	filter, _, err := filterAnd(r.URL.RawQuery)
	if err != nil {
		return err
	}
	return h.patterns(w, r, filter, func(ctx context.Context, filter recording.Filter) (PatternReport, error) {
		if err := StoredPatternConditions.Check(&filter); err != nil {
			return PatternReport{}, err
		}
		return h.Patterns.Stored(ctx, filter)
	})
}

// detectPatterns has the recordings of a filter analysed, and what is found stored.
func (h *handler) detectPatterns(w http.ResponseWriter, r *http.Request) error {
	if h.Patterns == nil {
		return unavailable("patterns")
	}
	var filter recording.Filter
	if err := readBody(w, r, &filter, true); err != nil {
		return err
	}
	if err := filter.Validate(); err != nil {
		return err
	}
	return h.patterns(w, r, filter, h.Patterns.Detect)
}

func (h *handler) patterns(w http.ResponseWriter, r *http.Request, filter recording.Filter, find func(context.Context, recording.Filter) (PatternReport, error)) error {
	if err := searchable(r, &filter); err != nil {
		return err
	}
	report, err := find(r.Context(), filter)
	if err != nil {
		return err
	}
	report.Patterns = list(report.Patterns)
	return writeJSON(w, http.StatusOK, report)
}
