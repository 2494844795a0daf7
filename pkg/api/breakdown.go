package api

import (
	"net/http"
	"net/url"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultSeries = 20
	maxSeries     = 1000
)

// getSeries breaks counted traffic down. How many steps there may be is the store's to say.
func (h *handler) getSeries(w http.ResponseWriter, r *http.Request) error {
	if h.Series == nil {
		return unavailable("traffic figures")
	}
	query := r.URL.Query()
	if err := knownParameters(query, "from", "to", "step", "by", "gateways", "protocols", "routes", "modes", "limit"); err != nil {
		return err
	}
	from, to, err := required(query)
	if err != nil {
		return err
	}
	step, err := stepOf(query)
	if err != nil {
		return err
	}
	limit, err := integer(query, "limit", defaultSeries, 1, maxSeries)
	if err != nil {
		return err
	}
	selection := traffic.Selection{Gateways: query["gateways"], Protocols: query["protocols"], Routes: query["routes"], Modes: query["modes"]}
	breakdown, err := h.Series.Series(r.Context(), from, to, step, traffic.Dimension(query.Get("by")), selection, int(limit))
	if err != nil {
		return err
	}
	breakdown.Series = list(breakdown.Series)
	return writeJSON(w, http.StatusOK, breakdown)
}

// required returns the range that a query must name.
func required(query url.Values) (from, to time.Time, err error) {
	for _, bound := range []struct {
		name string
		into *time.Time
	}{{"from", &from}, {"to", &to}} {
		if query.Get(bound.name) == "" {
			return from, to, validation.Errorf(bound.name, "is required: a time as in RFC 3339, such as 2026-01-31T12:00:00Z")
		}
		if *bound.into, err = moment(query, bound.name, time.Time{}); err != nil {
			return from, to, err
		}
	}
	return from, to, nil
}

// stepOf returns the parameter step, which is required. How short it may be is the store's to say.
func stepOf(query url.Values) (time.Duration, error) {
	text := query.Get("step")
	step, err := time.ParseDuration(text)
	if err != nil || len(text) > 40 {
		return 0, validation.Errorf("step", "must be a duration such as 1s or 5m, is %q", clip(text))
	}
	return step, nil
}
