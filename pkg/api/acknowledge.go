package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// minWait and maxWait bound how long a change may wait for the collectors.
	minWait = time.Millisecond
	maxWait = 30 * time.Second
	// maxWaiting is how many changes wait at once; more are answered with what is known when they are made.
	maxWaiting = 256
	// glance is how long one of those takes to learn that.
	glance = time.Second
)

// Acknowledgement says which collectors had applied a change when it was answered.
type Acknowledgement struct {
	// Acknowledged is how many of the Of collectors had applied the version of the change, or a later one.
	Acknowledged int `json:"acknowledged"`
	// Of is how many collectors were alive at any moment of the wait, without those that have signed off meanwhile.
	Of int `json:"of"`
	// Late has the names of the others, in order: the id of an instance where several share its name.
	Late []string `json:"late"`
}

// changed is the answer to a change of the scenario.
type changed struct {
	scenario.Scenario
	// Reach is there for what takes harm away.
	Reach *Reach `json:"reach,omitempty"`
	// Acknowledgement is there where the request has waited, and the instances could be read.
	*Acknowledgement
}

// waitOf returns how long a change is to wait for the collectors; 0 is not at all.
func (h *handler) waitOf(r *http.Request) (time.Duration, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return 0, problem(http.StatusBadRequest, "The query cannot be read: percent signs and semicolons must be escaped.", "")
	}
	if err := knownParameters(query, "wait"); err != nil {
		return 0, err
	}
	values := query["wait"]
	if len(values) == 0 {
		return 0, nil
	}
	wait, err := time.ParseDuration(values[0])
	switch {
	case len(values) > 1:
		return 0, validation.Errorf("wait", "must be given once, is there %d times", len(values))
	case err != nil || len(values[0]) > 40:
		return 0, validation.Errorf("wait", "must be a duration such as 500ms or 5s, is %q", clip(values[0]))
	case wait < minWait || wait > maxWait:
		return 0, validation.Errorf("wait", "must be between %s and %s, is %s", minWait, maxWait, wait)
	}
	if _, ok := h.Instances.(WatchedInstances); !ok {
		return 0, unavailable("collectors that could be waited for")
	}
	return wait, nil
}

// acknowledged waits until all live collectors have applied the version of a change, wait is over, the client leaves or the
// server ends. It is nil where the instances could not be read in that time: the change was made all the same.
func (h *handler) acknowledged(r *http.Request, version int64, wait time.Duration) *Acknowledgement {
	fleet, ok := h.Instances.(WatchedInstances)
	if !ok || wait <= 0 {
		return nil
	}
	leaveLane(r.Context())
	stays := h.waiting.TryAcquire(1)
	if stays {
		defer h.waiting.Release(1)
	} else {
		wait = min(wait, glance)
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	if h.Ending != nil {
		go func() {
			select {
			case <-h.Ending:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	waited := awaited{version: version, live: map[string]bool{}}
	err := fleet.WatchInstances(ctx, func(instances []scenario.Instance) {
		if waited.see(instances) || !stays {
			cancel()
		}
	})
	if err != nil && ctx.Err() == nil {
		h.Logger.WarnContext(ctx, "a change does not wait for the collectors any more: they cannot be watched", "version", version, "error", err)
	}
	return waited.acknowledgement()
}

// awaited is the collectors that have to apply a version.
type awaited struct {
	version int64
	// live has the ids of those that were alive at any time.
	live map[string]bool
	// instances are the instances that were read last, nil before.
	instances []scenario.Instance
}

// see takes what was read, and reports whether all have applied the version.
func (a *awaited) see(instances []scenario.Instance) bool {
	for _, i := range instances {
		if i.Live {
			a.live[i.ID] = true
		}
	}
	a.instances = slices.DeleteFunc(slices.Clone(instances), func(i scenario.Instance) bool { return !a.live[i.ID] })
	return !slices.ContainsFunc(a.instances, a.late)
}

func (a *awaited) late(i scenario.Instance) bool { return i.AppliedVersion < a.version }

// acknowledgement returns who has applied the version, as it was read last; nil where nothing was.
func (a *awaited) acknowledgement() *Acknowledgement {
	if a.instances == nil {
		return nil
	}
	names := map[string]int{}
	for _, i := range a.instances {
		names[i.Name]++
	}
	answer := &Acknowledgement{Of: len(a.instances), Late: []string{}}
	for _, i := range a.instances {
		switch {
		case !a.late(i):
			answer.Acknowledged++
		case names[i.Name] > 1 || i.Name == "":
			answer.Late = append(answer.Late, i.ID)
		default:
			answer.Late = append(answer.Late, i.Name)
		}
	}
	slices.Sort(answer.Late)
	return answer
}
