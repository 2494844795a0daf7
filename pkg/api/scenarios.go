package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func (h *handler) current(r *http.Request) (scenario.Scenario, error) {
	if h.Scenarios == nil {
		return scenario.Scenario{}, unavailable("scenarios")
	}
	s, err := h.Scenarios.Current(r.Context())
	return s.At(h.Now()), err
}

func (h *handler) getScenario(w http.ResponseWriter, r *http.Request) error {
	s, err := h.current(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, s)
}

type modeRequest struct {
	scenario.Behavior
	changeRequest
	// Seed is raw to tell absent (keep it) from null (remove it).
	Seed json.RawMessage `json:"seed"`
}

func (h *handler) putMode(w http.ResponseWriter, r *http.Request) error {
	var in modeRequest
	if err := readBody(w, r, &in, false); err != nil {
		return err
	}
	var seed *uint64
	if len(in.Seed) > 0 && json.Unmarshal(in.Seed, &seed) != nil {
		return validation.Errorf("seed", "must be a whole number of at least 0")
	}
	return h.changeScenario(w, r, change{action: "mode", changeRequest: in.changeRequest, relief: in.relief(), apply: func(s *scenario.Scenario) error {
		s.Behavior = in.Behavior
		if in.Mode == scenario.Chaos && !in.HasParameters() && s.ChaosConfig != nil {
			s.Behavior = *s.ChaosConfig
		}
		if len(in.Seed) > 0 {
			s.Seed = seed
		}
		return nil
	}})
}

// relief returns what the change takes away, nil where the mode is another than healthy. A seed that comes along is for rules, which are no relief.
func (in modeRequest) relief() *scenario.Relief {
	if in.Mode != scenario.Healthy || len(in.Seed) > 0 || in.Behavior.Validate() != nil {
		return nil
	}
	return &scenario.Relief{Mode: true}
}

type latencyRequest struct {
	MinMS *int `json:"min_ms"`
	MaxMS *int `json:"max_ms"`
	changeRequest
}

func (h *handler) putLatency(w http.ResponseWriter, r *http.Request) error {
	var in latencyRequest
	if err := readBody(w, r, &in, false); err != nil {
		return err
	}
	latency, err := in.latency()
	if err != nil {
		return err
	}
	if latency != nil {
		limits, err := h.limits(r.Context())
		if err != nil {
			return err
		}
		if limits.MaxLatencyMS > 0 && latency.MaxMS > limits.MaxLatencyMS {
			return validation.Errorf("max_ms", "must be at most %d milliseconds as configured, is %d", limits.MaxLatencyMS, latency.MaxMS)
		}
	}
	var relief *scenario.Relief
	if latency == nil {
		relief = &scenario.Relief{Latency: true}
	}
	return h.changeScenario(w, r, change{action: "latency", changeRequest: in.changeRequest, keepsExpiry: true, relief: relief, apply: func(s *scenario.Scenario) error {
		s.Latency = latency
		return nil
	}})
}

// latency returns the override to set, nil where it is to be removed. An absent min_ms is 0.
func (in latencyRequest) latency() (*scenario.Latency, error) {
	switch {
	case in.MinMS == nil && in.MaxMS == nil:
		return nil, nil
	case in.MaxMS == nil:
		return nil, validation.Errorf("max_ms", "is required where min_ms is given")
	}
	latency := scenario.Latency{MaxMS: *in.MaxMS}
	if in.MinMS != nil {
		latency.MinMS = *in.MinMS
	}
	if err := latency.Validate(); err != nil {
		return nil, err
	}
	if latency.MaxMS == 0 {
		return nil, nil
	}
	return &latency, nil
}

func (h *handler) getChaosConfig(w http.ResponseWriter, r *http.Request) error {
	s, err := h.current(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, chaosConfig(s))
}

// chaosConfig returns what chaos does now, or would do if it were switched to.
func chaosConfig(s scenario.Scenario) scenario.Behavior {
	switch {
	case s.Mode == scenario.Chaos:
		return s.Behavior.WithDefaults()
	case s.ChaosConfig != nil:
		return s.ChaosConfig.WithDefaults()
	}
	return scenario.Behavior{Mode: scenario.Chaos}.WithDefaults()
}

type chaosRequest struct {
	scenario.Behavior
	changeRequest
}

func (h *handler) putChaosConfig(w http.ResponseWriter, r *http.Request) error {
	var in chaosRequest
	if err := readBody(w, r, &in, false); err != nil {
		return err
	}
	if in.Mode == "" {
		in.Mode = scenario.Chaos
	}
	if in.Mode != scenario.Chaos {
		return validation.Errorf("mode", "must be chaos or absent, is %q", string(in.Mode))
	}
	if err := in.Behavior.Validate(); err != nil {
		return err
	}
	limits, err := h.limits(r.Context())
	if err != nil {
		return err
	}
	if err := limits.Check(scenario.Definition{Behavior: in.Behavior}); err != nil {
		return err
	}
	return h.changeScenario(w, r, change{action: "chaos", changeRequest: in.changeRequest, keepsExpiry: true, apply: func(s *scenario.Scenario) error {
		s.ChaosConfig = &in.Behavior
		if s.Mode == scenario.Chaos {
			s.Behavior = in.Behavior
		}
		return nil
	}})
}

type rulesResponse struct {
	Rules   []scenario.Rule `json:"rules"`
	Version int64           `json:"version"`
}

func (h *handler) getRules(w http.ResponseWriter, r *http.Request) error {
	s, err := h.current(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, rulesResponse{Rules: list(s.Rules), Version: s.Version})
}

type rulesRequest struct {
	Rules *[]scenario.Rule `json:"rules"`
	changeRequest
}

func (h *handler) putRules(w http.ResponseWriter, r *http.Request) error {
	var in rulesRequest
	if err := readBody(w, r, &in, false); err != nil {
		return err
	}
	if in.Rules == nil {
		return validation.Errorf("rules", "is required; an empty list removes all")
	}
	var relief *scenario.Relief
	if len(*in.Rules) == 0 {
		relief = &scenario.Relief{Rules: true}
	}
	return h.changeScenario(w, r, change{action: "rules", changeRequest: in.changeRequest, keepsExpiry: true, relief: relief, apply: func(s *scenario.Scenario) error {
		s.Rules = *in.Rules
		return nil
	}})
}

const (
	defaultHistory = 50
	maxHistory     = 200
)

func (h *handler) getHistory(w http.ResponseWriter, r *http.Request) error {
	if h.Scenarios == nil {
		return unavailable("scenarios")
	}
	query := r.URL.Query()
	if err := knownParameters(query, "before", "limit"); err != nil {
		return err
	}
	before, err := integer(query, "before", 0, 0, 1<<62)
	if err != nil {
		return err
	}
	limit, err := integer(query, "limit", defaultHistory, 1, maxHistory)
	if err != nil {
		return err
	}
	changes, err := h.Scenarios.History(r.Context(), before, int(limit))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"changes": list(changes)})
}

func knownParameters(query url.Values, known ...string) error {
	for name := range query {
		if !slices.Contains(known, name) {
			return validation.Errorf(name, "is not a known parameter")
		}
	}
	return nil
}

func integer(query url.Values, name string, absent, least, most int64) (int64, error) {
	text := query.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, validation.Errorf(name, "must be a whole number between %d and %d, is %q", least, most, text)
	}
	return n, nil
}

// boolean returns a parameter that is true or false, false where it is absent.
func boolean(query url.Values, name string) (bool, error) {
	switch text := query.Get(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, validation.Errorf(name, "must be true or false, is %q", clip(text))
	}
}

// clip keeps what a user wrote short in an answer.
func clip(text string) string { return validation.Clip(text, 80) }

// list makes an absent list an empty one, so that clients need not tell null from [].
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
