package api

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

type tags struct {
	Tags []string `json:"tags"`
}

// putTags replaces the tags of a recording.
func (h *handler) putTags(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	id, err := recordingID(r)
	if err != nil {
		return err
	}
	var in tags
	if err := readBody(w, r, &in, false); err != nil {
		return err
	}
	if in.Tags == nil {
		return validation.Errorf("tags", "is required, empty to remove all")
	}
	kept, err := recording.CheckTags(in.Tags)
	if err != nil {
		return err
	}
	if err := h.Recordings.SetTags(r.Context(), id, kept); err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "recording tagged", "recording", id, "tags", kept, "by", actorOf(r).Name)
	return writeJSON(w, http.StatusOK, tags{kept})
}
