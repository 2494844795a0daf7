package api

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func (h *handler) queryRecordings(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	var query recording.Query
	if err := readBody(w, r, &query, false); err != nil {
		return err
	}
	if err := query.Validate(); err != nil {
		return err
	}
	if err := searchable(r, &query.Filter); err != nil {
		return err
	}
	page, err := h.Recordings.Query(r.Context(), query)
	if err != nil {
		return err
	}
	page.Recordings = readableAll(r, page.Recordings)
	return writeJSON(w, http.StatusOK, page)
}

func (h *handler) getRecording(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	id, err := recordingID(r)
	if err != nil {
		return err
	}
	found, err := h.Recordings.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, readable(r, found))
}

func recordingID(r *http.Request) (uuid.UUID, error) {
	text := r.PathValue("id")
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, validation.Errorf("id", "must be the UUID of a recording")
	}
	return id, nil
}

func (h *handler) getStats(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	filter, _, err := filterAnd(r.URL.RawQuery)
	if err != nil {
		return err
	}
	if err := searchable(r, &filter); err != nil {
		return err
	}
	stats, err := h.Recordings.Stats(r.Context(), filter)
	if err != nil {
		return err
	}
	for _, counts := range []*[]recording.Count{
		&stats.ByStatus, &stats.ByMethod, &stats.ByRoute, &stats.ByProtocol,
		&stats.ByMode, &stats.ByConsumer, &stats.ByGateway, &stats.ByFault,
	} {
		*counts = list(*counts)
	}
	return writeJSON(w, http.StatusOK, stats)
}
