package api

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func (h *handler) getPatterns(w http.ResponseWriter, r *http.Request) error {
	if h.Patterns == nil {
		return unavailable("patterns")
	}
	filter, rest, err := filterAnd(r.URL.RawQuery, "refresh")
	if err != nil {
		return err
	}
	find := h.Patterns.Stored
	switch refresh := rest.Get("refresh"); refresh {
	case "", "false":
	case "true":
		find = h.Patterns.Detect
	default:
		return validation.Errorf("refresh", "must be true or false, is %q", clip(refresh))
	}
	report, err := find(r.Context(), filter)
	if err != nil {
		return err
	}
	report.Patterns = list(report.Patterns)
	return writeJSON(w, http.StatusOK, report)
}
