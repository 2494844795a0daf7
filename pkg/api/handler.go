package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

type handler struct {
	Options
	mux   *http.ServeMux
	lanes lanes
}

type route struct {
	pattern string
	serve   func(http.ResponseWriter, *http.Request) error
	// write marks routes that need write access.
	write bool
}

// New returns the control API. It serves paths as in the package's comment: strip any prefix before.
func New(options Options) http.Handler {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Authorize == nil {
		options.Authorize = func(*http.Request) (Actor, error) { return Actor{}, nil }
	}
	h := &handler{Options: options, mux: http.NewServeMux(), lanes: newLanes(options.Capacity)}
	parts := map[string]http.Handler{}
	for _, route := range h.routes() {
		if part, ok := strings.CutPrefix(route.pattern, recordingPart); ok {
			parts[part] = h.adapt(route)
			continue
		}
		h.mux.Handle(route.pattern, h.adapt(route))
	}
	h.mux.HandleFunc(recordingPart+"{part}", func(w http.ResponseWriter, r *http.Request) {
		part := parts[r.PathValue("part")]
		if part == nil {
			writeProblem(w, noSuchPath())
			return
		}
		part.ServeHTTP(w, r)
	})
	return h
}

// recordingPart is before the names of what can be read of one recording. They share one pattern, since a mux takes none
// beside /recordings/replays/{job} that has its first parameter where that has a word, and the other way round.
const recordingPart = "GET /recordings/{id}/"

func noSuchPath() *Problem {
	return problem(http.StatusNotFound, "There is no such path in the control API; GET /openapi.yaml describes it.", "")
}

func (h *handler) routes() []route {
	routes := []route{
		{"GET /scenarios/mode", h.getScenario, false},
		{"PUT /scenarios/mode", h.putMode, true},
		{"PUT /scenarios/latency", h.putLatency, true},
		{"GET /scenarios/chaos/config", h.getChaosConfig, false},
		{"PUT /scenarios/chaos/config", h.putChaosConfig, true},
		{"GET /scenarios/presets", h.getPresets, false},
		{"POST /scenarios/presets", h.postPreset, true},
		{"GET /scenarios/presets/export", h.exportPresets, false},
		{"POST /scenarios/presets/import", h.importPresets, true},
		{"GET /scenarios/presets/{name}", h.getPreset, false},
		{"POST /scenarios/presets/{name}", h.applyPreset, true},
		{"PUT /scenarios/presets/{name}", h.putPreset, true},
		{"DELETE /scenarios/presets/{name}", h.deletePreset, true},
		{"GET /scenarios/rules", h.getRules, false},
		{"PUT /scenarios/rules", h.putRules, true},
		{"POST /scenarios/stop", h.stop, true},
		{"GET /scenarios/history", h.getHistory, false},
		{"GET /instances", h.getInstances, false},
		{"GET /traffic", h.getTraffic, false},
		{"POST /recordings/query", h.queryRecordings, false},
		{"GET /recordings/stats", h.getStats, false},
		{"GET /recordings/export", h.exportRecordings, false},
		{"GET /recordings/patterns", h.getPatterns, false},
		{"GET /recordings/diagram", h.getDiagram, false},
		{"GET /recordings/{id}", h.getRecording, false},
		{"GET /recordings/{id}/export", h.exportRecording, false},
		{"GET /recordings/{id}/body", h.getRecordingBody, false},
		{"PUT /recordings/{id}/tags", h.putTags, true},
		{"POST /recordings/replay/{id}", h.replayRecording, true},
		{"POST /recordings/replays", h.postReplayJob, true},
		{"GET /recordings/replays", h.getReplayJobs, false},
		{"GET /recordings/replays/{job}", h.getReplayJob, false},
		{"GET /recordings/replays/{job}/results", h.getReplayResults, false},
		{"POST /recordings/replays/{job}/pause", h.steerReplayJob(replay.PauseJob), true},
		{"POST /recordings/replays/{job}/resume", h.steerReplayJob(replay.ResumeJob), true},
		{"POST /recordings/replays/{job}/stop", h.steerReplayJob(replay.StopJob), true},
		{"GET /openapi.yaml", h.getOpenAPI, false},
	}
	if h.Live != nil {
		routes = append(routes, route{"GET /ws/metrics", h.serveLive, false})
	}
	return routes
}

// ServeHTTP answers what no route matches with a problem document, too: the mux itself would with plain text.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if h.CrossOrigin != nil {
		if err := h.CrossOrigin.Check(r); err != nil {
			writeProblem(w, problem(http.StatusForbidden, "The request comes from another site's page.", ""))
			return
		}
	}
	found, pattern := h.mux.Handler(r)
	if pattern != "" {
		h.mux.ServeHTTP(w, r)
		return
	}
	var discard headerOnly
	found.ServeHTTP(&discard, r)
	if allow := discard.Header().Get("Allow"); discard.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		writeProblem(w, problem(http.StatusMethodNotAllowed, "The path allows "+allow+".", ""))
		return
	}
	writeProblem(w, noSuchPath())
}

type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header {
	if h.header == nil {
		h.header = http.Header{}
	}
	return h.header
}
func (h *headerOnly) WriteHeader(status int)      { h.status = status }
func (h *headerOnly) Write(p []byte) (int, error) { return len(p), nil }

type actorKey struct{}

func actorOf(r *http.Request) Actor {
	actor, _ := r.Context().Value(actorKey{}).(Actor)
	return actor
}

// adapt checks access before anything of the request is read.
func (h *handler) adapt(to route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor, err := h.Authorize(r)
		switch {
		case errors.Is(err, ErrUnauthenticated):
			w.Header().Set("WWW-Authenticate", `Bearer realm="mockforge"`)
			writeProblem(w, problem(http.StatusUnauthorized, sentence(err), ""))
			return
		case err != nil:
			writeProblem(w, problem(http.StatusForbidden, sentence(err), ""))
			return
		case to.write && !actor.CanWrite:
			writeProblem(w, problem(http.StatusForbidden, "Changes and replays need write access: the role of editor or administrator.", ""))
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), actorKey{}, actor))
		leave, err := h.lanes.of(to.pattern, r).enter(r.Context())
		if err != nil {
			h.fail(w, r, err)
			return
		}
		defer leave()
		if err := to.serve(w, r); err != nil {
			h.fail(w, r, err)
		}
	})
}

func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to read an answer
	}
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		h.Logger.ErrorContext(r.Context(), "control API request failed", "method", r.Method, "route", r.Pattern, "error", err)
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	writeProblem(w, p)
}
