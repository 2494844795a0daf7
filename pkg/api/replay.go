package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxReplayScenarios is how many scenarios one recording is sent under at once.
const maxReplayScenarios = 3

// replayBody is replay.Request, or the same under several scenarios.
type replayBody struct {
	replay.Request
	// Scenarios are definitions, one to three; the recording is sent once under each.
	Scenarios []scenario.Definition `json:"scenarios"`
}

func (b replayBody) validate() error {
	problems := []error{b.Request.Validate()}
	switch {
	case len(b.Scenarios) > maxReplayScenarios:
		problems = append(problems, validation.Errorf("scenarios", "must be at most %d, are %d", maxReplayScenarios, len(b.Scenarios)))
	case len(b.Scenarios) > 0 && b.Scenario != nil:
		problems = append(problems, validation.Errorf("scenarios", "must not be given together with scenario"))
	default:
		for i, s := range b.Scenarios {
			problems = append(problems, validation.In(fmt.Sprintf("scenarios[%d]", i), s.Validate()))
		}
	}
	return errors.Join(problems...)
}

// replayRun is a replay under one of several scenarios.
type replayRun struct {
	Scenario scenario.Definition `json:"scenario"`
	// Result is absent where Problem says why.
	Result  *replay.Comparison `json:"result,omitempty"`
	Problem string             `json:"problem,omitempty"`
}

func (h *handler) replayRecording(w http.ResponseWriter, r *http.Request) error {
	if h.Replays == nil {
		return unavailable("replays")
	}
	id, err := recordingID(r)
	if err != nil {
		return err
	}
	var in replayBody
	if err := readBody(w, r, &in, true); err != nil {
		return err
	}
	if err := in.validate(); err != nil {
		return err
	}
	if err := replayable(r, "scenario", in.Scenario); err != nil {
		return err
	}
	for i := range in.Scenarios {
		if err := replayable(r, fmt.Sprintf("scenarios[%d]", i), &in.Scenarios[i]); err != nil {
			return err
		}
	}
	if len(in.Scenarios) > 0 {
		return h.replayUnder(w, r, id, in)
	}
	comparison, err := h.Replays.Replay(r.Context(), id, in.Request, actorOf(r).Name)
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "recording replayed", "recording", id, "gateway", comparison.Replayed.Gateway, "by", actorOf(r).Name)
	return writeJSON(w, http.StatusOK, readable(r, comparison))
}

// replayUnder sends a recording under several scenarios at the same time, so that the upstream is in the same state for
// all, as far as the recording itself does not change it. It fails where all of them do.
func (h *handler) replayUnder(w http.ResponseWriter, r *http.Request, id uuid.UUID, in replayBody) error {
	runs := make([]replayRun, len(in.Scenarios))
	failures := make([]error, len(in.Scenarios))
	var running sync.WaitGroup
	for i, s := range in.Scenarios {
		running.Go(func() {
			request := in.Request
			request.Scenario = &s
			comparison, err := h.Replays.Replay(r.Context(), id, request, actorOf(r).Name)
			runs[i] = replayRun{Scenario: s}
			if err == nil {
				comparison = readable(r, comparison)
				runs[i].Result = &comparison
				return
			}
			failures[i], runs[i].Problem = err, problemOf(err).Detail
		})
	}
	running.Wait()
	if r.Context().Err() != nil {
		return context.Cause(r.Context())
	}
	for _, run := range runs {
		if run.Result != nil {
			h.Logger.InfoContext(r.Context(), "recording replayed", "recording", id, "scenarios", len(runs), "by", actorOf(r).Name)
			return writeJSON(w, http.StatusOK, map[string]any{"runs": runs})
		}
	}
	return failures[0]
}
