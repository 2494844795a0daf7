package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// changeRequest is what every change of the scenario may say beside its own fields.
type changeRequest struct {
	Reason string `json:"reason"`
	// ExpiresIn is a Go duration from now on.
	ExpiresIn string `json:"expires_in"`
	IfVersion *int64 `json:"if_version"`
}

func (c changeRequest) validate() (expires time.Duration, err error) {
	if err := validation.Text("reason", c.Reason, scenario.MaxReasonLength); err != nil {
		return 0, err
	}
	if c.ExpiresIn == "" {
		return 0, nil
	}
	expires, err = time.ParseDuration(c.ExpiresIn)
	switch {
	case err != nil || len(c.ExpiresIn) > 40:
		return 0, validation.Errorf("expires_in", "must be a duration such as 90s, 15m or 1h30m")
	case expires < time.Second:
		return 0, validation.Errorf("expires_in", "must be at least 1s, is %s", expires)
	}
	return expires, nil
}

// change is one change of the scenario, from what is in force now.
type change struct {
	action string
	changeRequest
	// keepsExpiry is for changes of a part of the scenario: without an expiry of their own, that of the whole stays.
	keepsExpiry bool
	apply       func(*scenario.Scenario) error
	// relief is what the change does where it only takes harm away, else nil.
	relief *scenario.Relief
}

func (h *handler) changeScenario(w http.ResponseWriter, r *http.Request, c change) error {
	if h.Scenarios == nil {
		return unavailable("scenarios")
	}
	expires, err := c.validate()
	if err != nil {
		return err
	}
	wait, err := h.waitOf(r)
	if err != nil {
		return err
	}
	if c.relief != nil && h.Stops != nil {
		return h.relieve(w, r, c, expires, wait)
	}
	limits, err := h.limits(r.Context())
	if err != nil {
		return err
	}
	now, actor := h.Now(), actorOf(r)
	audit := Audit{By: actor.Name, Action: c.action, Reason: c.Reason}
	next, err := h.Scenarios.Change(r.Context(), audit, c.IfVersion, func(s *scenario.Scenario) error {
		*s = s.At(now)
		s.Reason, s.Preset = c.Reason, ""
		if err := c.apply(s); err != nil {
			return err
		}
		switch limit := limits.MaxDuration; {
		case expires > 0:
			at := now.Add(expires).UTC()
			s.ExpiresAt = &at
		case !c.keepsExpiry, s.ExpiresAt != nil && limit > 0 && s.ExpiresAt.Sub(now) > limit:
			s.ExpiresAt = nil
		}
		if err := s.Validate(); err != nil {
			return err
		}
		return limits.Apply(s, now)
	})
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "scenario changed", "action", c.action, "mode", next.Mode, "version", next.Version, "by", actor.Name)
	return writeJSON(w, http.StatusOK, changed{Scenario: next, Acknowledgement: h.acknowledged(r, next.Version, wait)})
}

// limits returns the strictest of the configuration's and the fleet's.
func (h *handler) limits(ctx context.Context) (scenario.Limits, error) {
	if h.FleetLimits == nil {
		return h.Limits, nil
	}
	fleet, err := h.FleetLimits.Limits(ctx)
	return h.Limits.Stricter(fleet), err
}

func unavailable(what string) error {
	return problem(http.StatusServiceUnavailable, "There are no "+what+" here: nothing is stored.", "")
}
