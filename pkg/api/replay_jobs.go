package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultJobs    = 50
	maxJobs        = 200
	defaultResults = 100
	maxResults     = 1000
)

func (h *handler) postReplayJob(w http.ResponseWriter, r *http.Request) error {
	if h.ReplayJobs == nil {
		return unavailable("replays")
	}
	var in replay.JobRequest
	if err := readBody(w, r, &in, false); err != nil {
		return err
	}
	if err := in.Validate(); err != nil {
		return err
	}
	if err := errors.Join(searchable(r, in.Filter), replayable(r, "scenario", in.Scenario)); err != nil {
		return err
	}
	job, err := h.ReplayJobs.CreateReplayJob(r.Context(), in, actorOf(r).Name)
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "replay asked for", "replay", job.ID, "recordings", job.Total, "by", actorOf(r).Name, "reason", in.Reason)
	w.Header().Set("Location", "replays/"+job.ID.String())
	return writeJSON(w, http.StatusCreated, readable(r, job))
}

func (h *handler) getReplayJobs(w http.ResponseWriter, r *http.Request) error {
	if h.ReplayJobs == nil {
		return unavailable("replays")
	}
	query := r.URL.Query()
	if err := only(query, "cursor", "limit"); err != nil {
		return err
	}
	limit, err := limitOf(query, defaultJobs, maxJobs)
	if err != nil {
		return err
	}
	page, err := h.ReplayJobs.ReplayJobs(r.Context(), query.Get("cursor"), limit)
	if err != nil {
		return err
	}
	page.Jobs = readableAll(r, page.Jobs)
	return writeJSON(w, http.StatusOK, page)
}

func (h *handler) getReplayJob(w http.ResponseWriter, r *http.Request) error {
	if h.ReplayJobs == nil {
		return unavailable("replays")
	}
	id, err := jobID(r)
	if err != nil {
		return err
	}
	job, err := h.ReplayJobs.ReplayJob(r.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, readable(r, job))
}

func (h *handler) getReplayResults(w http.ResponseWriter, r *http.Request) error {
	if h.ReplayJobs == nil {
		return unavailable("replays")
	}
	id, err := jobID(r)
	if err != nil {
		return err
	}
	parameters := r.URL.Query()
	if err := only(parameters, "outcome", "cursor", "limit"); err != nil {
		return err
	}
	query := replay.ResultQuery{Outcome: replay.Outcome(parameters.Get("outcome")), Cursor: parameters.Get("cursor")}
	if query.Limit, err = limitOf(parameters, defaultResults, maxResults); err != nil {
		return err
	}
	if err := query.Validate(); err != nil {
		return err
	}
	page, err := h.ReplayJobs.ReplayResults(r.Context(), id, query)
	if err != nil {
		return err
	}
	page.Results = readableAll(r, page.Results)
	return writeJSON(w, http.StatusOK, page)
}

// steerReplayJob pauses, resumes or stops.
func (h *handler) steerReplayJob(action replay.JobAction) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h.ReplayJobs == nil {
			return unavailable("replays")
		}
		id, err := jobID(r)
		if err != nil {
			return err
		}
		job, err := h.ReplayJobs.SteerReplayJob(r.Context(), id, action, actorOf(r).Name)
		if err != nil {
			return err
		}
		h.Logger.InfoContext(r.Context(), "replay steered", "replay", id, "action", action, "by", actorOf(r).Name)
		return writeJSON(w, http.StatusOK, readable(r, job))
	}
}

func jobID(r *http.Request) (uuid.UUID, error) {
	text := r.PathValue("job")
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, validation.Errorf("job", "must be the UUID of a replay")
	}
	return id, nil
}

// only refuses parameters that are unknown, or there twice.
func only(query url.Values, names ...string) error {
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for name, values := range query {
		if !known[name] {
			return validation.Errorf(name, "is not a known parameter")
		}
		if len(values) > 1 {
			return validation.Errorf(name, "must be given once, is given %d times", len(values))
		}
	}
	return nil
}

func limitOf(query url.Values, absent, most int) (int, error) {
	text := query.Get("limit")
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, validation.Errorf("limit", "must be between 1 and %d", most)
	}
	return n, nil
}
