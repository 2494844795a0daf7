package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

type handler struct {
	Options
	mux   *http.ServeMux
	lanes lanes
	// waiting has room for the changes that wait for collectors.
	waiting *semaphore.Weighted
}

type route struct {
	pattern string
	serve   func(http.ResponseWriter, *http.Request) error
	// needs is what the actor must be allowed to do.
	needs right
}

// New returns the control API. It serves paths as in the package's comment: strip any prefix before.
func New(options Options) http.Handler { return newHandler(options, nil) }

// Front returns what stands in front of a control API that is elsewhere: it checks paths, methods, rights and room as New does,
// and leaves the answer to forward. Of the options it has no need of ports.
func Front(options Options, forward func(http.ResponseWriter, *http.Request, Actor) error) http.Handler {
	return newHandler(options, func(w http.ResponseWriter, r *http.Request) error { return forward(w, r, actorOf(r)) })
}

// newHandler has all routes answered by instead, where that is not nil.
func newHandler(options Options, instead func(http.ResponseWriter, *http.Request) error) http.Handler {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Authorize == nil {
		options.Authorize = func(*http.Request) (Actor, error) { return Actor{CanReadBodies: true}, nil }
	}
	h := &handler{Options: options, mux: http.NewServeMux(), lanes: newLanes(options.Capacity), waiting: semaphore.NewWeighted(maxWaiting)}
	parts := map[string]http.Handler{}
	for _, route := range h.routes() {
		if instead != nil {
			route.serve = instead
		}
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
		{"GET /scenarios/mode", h.getScenario, read},
		{"PUT /scenarios/mode", h.putMode, write},
		{"PUT /scenarios/latency", h.putLatency, write},
		{"GET /scenarios/chaos/config", h.getChaosConfig, read},
		{"PUT /scenarios/chaos/config", h.putChaosConfig, write},
		{"GET /scenarios/presets", h.getPresets, read},
		{"POST /scenarios/presets", h.postPreset, write},
		{"GET /scenarios/presets/export", h.exportPresets, read},
		{"POST /scenarios/presets/import", h.importPresets, write},
		{"GET /scenarios/presets/{name}", h.getPreset, read},
		{"POST /scenarios/presets/{name}", h.applyPreset, write},
		{"PUT /scenarios/presets/{name}", h.putPreset, write},
		{"DELETE /scenarios/presets/{name}", h.deletePreset, write},
		{"GET /scenarios/rules", h.getRules, read},
		{"PUT /scenarios/rules", h.putRules, write},
		{"POST /scenarios/stop", h.stop, write},
		{"GET /scenarios/history", h.getHistory, read},
		{"GET /scenarios/changes", h.getChanges, read},
		{"GET /instances", h.getInstances, read},
		{"GET /about", h.getAbout, read},
		{"GET /traffic", h.getTraffic, read},
		{"GET /traffic/series", h.getSeries, read},
		{"POST /recordings/query", h.queryRecordings, read},
		{"GET /recordings/stats", h.getStats, read},
		{"GET /recordings/values", h.getValues, read},
		{"GET /recordings/volume", h.getVolume, read},
		{"GET /recordings/export", h.exportRecordings, read},
		{"POST /recordings/import", h.importRecordings, write},
		{"GET /recordings/patterns", h.getPatterns, read},
		{"POST /recordings/patterns", h.detectPatterns, write},
		{"GET /recordings/diagram", h.getDiagram, read},
		{"GET /recordings/{id}", h.getRecording, read},
		{"GET /recordings/{id}/export", h.exportRecording, read},
		{"GET /recordings/{id}/body", h.getRecordingBody, readBodies},
		{"PUT /recordings/{id}/tags", h.putTags, write},
		{"POST /recordings/replay/{id}", h.replayRecording, write},
		{"POST /recordings/replays", h.postReplayJob, write},
		{"GET /recordings/replays", h.getReplayJobs, read},
		{"GET /recordings/replays/{job}", h.getReplayJob, read},
		{"GET /recordings/replays/{job}/results", h.getReplayResults, read},
		{"POST /recordings/replays/{job}/pause", h.steerReplayJob(replay.PauseJob), write},
		{"POST /recordings/replays/{job}/resume", h.steerReplayJob(replay.ResumeJob), write},
		{"POST /recordings/replays/{job}/stop", h.steerReplayJob(replay.StopJob), write},
		{"GET /openapi.yaml", h.getOpenAPI, read},
	}
	if h.Live != nil {
		routes = append(routes, route{"GET /ws/metrics", h.serveLive, read})
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
		case errors.As(err, new(*Problem)):
			writeProblem(w, problemOf(err))
			return
		case err != nil:
			writeProblem(w, problem(http.StatusForbidden, sentence(err), ""))
			return
		}
		if actor.Represented {
			w.Header().Set(OnBehalfOf, r.Header.Get(OnBehalfOf))
		}
		if refusal := actor.refusal(to.needs); refusal != nil {
			writeProblem(w, refusal)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), actorKey{}, actor))
		leave, err := h.lanes.of(to.pattern, r).enter(r.Context())
		if err != nil {
			h.fail(w, r, err)
			return
		}
		leave = sync.OnceFunc(leave)
		defer leave()
		r = r.WithContext(context.WithValue(r.Context(), laneKey{}, leave))
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
