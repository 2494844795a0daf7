package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"
)

// steeringBody is how large the body of a change may be to pass as steering does, in bytes.
const steeringBody = 64 << 10

// Capacity is how much the control API does at once, so that it never takes from traffic what that needs. Steering is not
// limited: stopping, reading the scenario, and changes of it with bodies of at most 64 KiB, which is all that is needed to
// make things healthy again.
type Capacity struct {
	// Work is how many requests search recordings or decode large bodies at once, Reads how many read what is small, Exports
	// how many send files, Replays how many wait for a replayed recording. 0 is 4, 4, 2 and 4.
	Work, Reads, Exports, Replays int
	// Waiting is how many requests of each kind wait for their turn, 0 is 16, and Patience how long each does, 0 is 10 s.
	// The others are answered with 503 and Retry-After.
	Waiting  int
	Patience time.Duration
}

// lane is one kind of requests.
type lane struct {
	// room is for those that are served and those that wait, turns for those that are served, in order of arrival.
	room, turns *semaphore.Weighted
	patience    time.Duration
}

func newLane(turns, usual int, c Capacity) *lane {
	if turns <= 0 {
		turns = usual
	}
	waiting, patience := c.Waiting, c.Patience
	if waiting <= 0 {
		waiting = 16
	}
	if patience <= 0 {
		patience = 10 * time.Second
	}
	return &lane{room: semaphore.NewWeighted(int64(turns + waiting)), turns: semaphore.NewWeighted(int64(turns)), patience: patience}
}

// enter waits for a turn, which leave ends. The error is a *Problem, or that of ctx.
func (l *lane) enter(ctx context.Context) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	if !l.room.TryAcquire(1) {
		return nil, tooBusy()
	}
	leave = func() { l.turns.Release(1); l.room.Release(1) }
	if l.turns.TryAcquire(1) {
		return leave, nil
	}
	within, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	if l.turns.Acquire(within, 1) == nil {
		if ctx.Err() == nil {
			return leave, nil
		}
		l.turns.Release(1)
	}
	l.room.Release(1)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, tooBusy()
}

type laneKey struct{}

// leaveLane gives the turn of a request back before it has ended, for one that only waits from then on.
func leaveLane(ctx context.Context) {
	if leave, ok := ctx.Value(laneKey{}).(func()); ok {
		leave()
	}
}

func tooBusy() *Problem {
	return problem(http.StatusServiceUnavailable, "Too many requests of this kind are being served; try again in a few seconds.", "")
}

// lanes are the lanes of one control API.
type lanes struct{ work, reads, exports, replays *lane }

func newLanes(c Capacity) lanes {
	return lanes{work: newLane(c.Work, 4, c), reads: newLane(c.Reads, 4, c), exports: newLane(c.Exports, 2, c), replays: newLane(c.Replays, 4, c)}
}

var (
	// free are never limited: steering, what ends work, and what lasts for as long as somebody listens.
	free = []string{
		"POST /scenarios/stop", "GET /scenarios/mode", "POST /recordings/replays/{job}/stop", "POST /recordings/replays/{job}/pause",
		"GET /ws/metrics", "GET /openapi.yaml",
	}
	steering = []string{"PUT /scenarios/mode", "PUT /scenarios/latency", "PUT /scenarios/chaos/config", "PUT /scenarios/rules", "POST /scenarios/presets/{name}"}
	small    = []string{
		"GET /scenarios/chaos/config", "GET /scenarios/rules", "GET /scenarios/history", "GET /scenarios/presets", "GET /scenarios/presets/{name}",
		"GET /scenarios/presets/export", "GET /scenarios/changes", "GET /about", "DELETE /scenarios/presets/{name}", "GET /instances", "GET /traffic", "GET /recordings/replays",
		"GET /recordings/replays/{job}", "GET /recordings/replays/{job}/results", "POST /recordings/replays/{job}/resume",
	}
	files = []string{"GET /recordings/export", "GET /recordings/{id}/export", "POST /recordings/import"}
)

// of returns the lane of a request of a route; nil where there is no limit.
func (l *lanes) of(pattern string, r *http.Request) *lane {
	switch {
	case slices.Contains(free, pattern):
		return nil
	case slices.Contains(steering, pattern) && r.ContentLength >= 0 && r.ContentLength <= steeringBody:
		return nil
	case slices.Contains(small, pattern):
		return l.reads
	case slices.Contains(files, pattern):
		return l.exports
	case pattern == "POST /recordings/replay/{id}":
		return l.replays
	}
	return l.work
}
