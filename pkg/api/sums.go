package api

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	defaultValues = 200
	maxValues     = 1000
)

// getValues gives the values that recordings have for a list of the filter, for those who choose among them.
func (h *handler) getValues(w http.ResponseWriter, r *http.Request) error {
	if h.Sums == nil {
		return unavailable("recordings")
	}
	filter, rest, err := filterAnd(r.URL.RawQuery, "field", "limit")
	if err != nil {
		return err
	}
	limit, err := integer(rest, "limit", defaultValues, 1, maxValues)
	if err != nil {
		return err
	}
	if err := searchable(r, &filter); err != nil {
		return err
	}
	counts, err := h.Sums.Values(r.Context(), filter, rest.Get("field"), int(limit))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string][]recording.Count{"values": list(counts)})
}

// getVolume counts recordings over time, by severity.
func (h *handler) getVolume(w http.ResponseWriter, r *http.Request) error {
	if h.Sums == nil {
		return unavailable("recordings")
	}
	filter, rest, err := filterAnd(r.URL.RawQuery, "step")
	if err != nil {
		return err
	}
	step, err := stepOf(rest)
	if err != nil {
		return err
	}
	if err := searchable(r, &filter); err != nil {
		return err
	}
	volume, err := h.Sums.Volume(r.Context(), filter, step)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"volume": volume})
}
