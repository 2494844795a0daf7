package api

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

func (h *handler) replayRecording(w http.ResponseWriter, r *http.Request) error {
	if h.Replays == nil {
		return unavailable("replays")
	}
	id, err := recordingID(r)
	if err != nil {
		return err
	}
	var in replay.Request
	if err := readBody(w, r, &in, true); err != nil {
		return err
	}
	if err := in.Validate(); err != nil {
		return err
	}
	comparison, err := h.Replays.Replay(r.Context(), id, in, actorOf(r).Name)
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "recording replayed", "recording", id, "gateway", comparison.Replayed.Gateway, "by", actorOf(r).Name)
	return writeJSON(w, http.StatusOK, comparison)
}
