package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// presetPatience is how long a preset is looked for whose definition is known without the database.
const presetPatience = 2 * time.Second

func (h *handler) stop(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := readBody(w, r, &in, true); err != nil {
		return err
	}
	everything := scenario.Everything()
	return h.changeScenario(w, r, change{action: "stop", changeRequest: changeRequest{Reason: in.Reason}, relief: &everything, apply: func(s *scenario.Scenario) error {
		s.Definition = scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
		return nil
	}})
}

// relieve answers a change that takes harm away: 200 where the fleet was told, 202 where it is told later. The limits
// are those of the configuration alone, since those of the fleet are in the database; every collector holds what is
// left to its own. Without an expiry in the request, that of what is left stays. What the fleet is told later has no version
// yet that could be waited for.
func (h *handler) relieve(w http.ResponseWriter, r *http.Request, c change, expires, wait time.Duration) error {
	relief := *c.relief
	if limit := h.Limits.MaxDuration; limit > 0 {
		// Refusing what takes harm away would leave more of it; the answer says when the rest ends.
		expires = min(expires, limit)
	}
	if expires > 0 {
		at := h.Now().Add(expires).UTC()
		relief.ExpiresAt = &at
	}
	actor := actorOf(r)
	s, reach, err := h.Stops.Stop(r.Context(), Audit{By: actor.Name, Action: c.action, Reason: c.Reason}, c.IfVersion, relief)
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "scenario changed", "action", c.action, "mode", s.Mode, "version", s.Version, "by", actor.Name, "fleet", reach.Fleet)
	if reach.Fleet == Pending {
		return writeJSON(w, http.StatusAccepted, changed{Scenario: s, Reach: &reach})
	}
	return writeJSON(w, http.StatusOK, changed{s, &reach, h.acknowledged(r, s.Version, wait)})
}

// relievingPreset finds the preset of a request that is to be applied. One that is built in and harmless is known
// without the database, and is found when that does not answer, too: it is a way back to healthy like any other.
func (h *handler) relievingPreset(r *http.Request) (scenario.Preset, *scenario.Relief, error) {
	if at := slices.IndexFunc(scenario.BuiltInPresets(), func(p scenario.Preset) bool { return p.Name == r.PathValue("name") && !p.Injects() }); at >= 0 && h.Stops != nil {
		known := scenario.BuiltInPresets()[at]
		p, err := h.presetWithin(r, presetPatience)
		if errors.Is(err, ErrUnavailable) {
			p, err = known, nil
		}
		if err != nil || !p.Same(known) {
			return p, nil, err
		}
		relief := scenario.Everything()
		relief.Preset = p.Name
		return p, &relief, nil
	}
	p, err := h.preset(r)
	return p, nil, err
}

// presetWithin returns what preset does, or ErrTooLong after patience: the store may hold its call up for longer than its
// context lasts.
func (h *handler) presetWithin(r *http.Request, patience time.Duration) (scenario.Preset, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	type found struct {
		preset scenario.Preset
		err    error
	}
	done := make(chan found, 1)
	go func() {
		p, err := h.preset(r.WithContext(ctx))
		done <- found{p, err}
	}()
	select {
	case f := <-done:
		return f.preset, f.err
	case <-time.After(patience):
		return scenario.Preset{}, ErrTooLong
	case <-ctx.Done():
		return scenario.Preset{}, ctx.Err()
	}
}
