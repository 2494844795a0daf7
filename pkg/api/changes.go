package api

import "net/http"

const maxChanges = 2000

// getChanges gives the changes of the scenario of a range of time, and what was in force when it began.
func (h *handler) getChanges(w http.ResponseWriter, r *http.Request) error {
	if h.Changes == nil {
		return unavailable("changes by time")
	}
	query := r.URL.Query()
	if err := knownParameters(query, "from", "to", "limit"); err != nil {
		return err
	}
	from, to, err := required(query)
	if err != nil {
		return err
	}
	limit, err := integer(query, "limit", defaultHistory, 1, maxChanges)
	if err != nil {
		return err
	}
	changes, err := h.Changes.Changes(r.Context(), from, to, int(limit))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"changes": list(changes)})
}
