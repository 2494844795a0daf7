package api

import (
	"errors"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func (h *handler) getPresets(w http.ResponseWriter, r *http.Request) error {
	if h.Scenarios == nil {
		return unavailable("presets")
	}
	presets, err := h.Scenarios.Presets(r.Context())
	if err != nil {
		return err
	}
	scenario.SortPresets(presets)
	return writeJSON(w, http.StatusOK, map[string]any{"presets": list(presets)})
}

func (h *handler) preset(r *http.Request) (scenario.Preset, error) {
	if h.Scenarios == nil {
		return scenario.Preset{}, unavailable("presets")
	}
	name := r.PathValue("name")
	if scenario.ValidatePresetName(name) != nil {
		return scenario.Preset{}, noPreset
	}
	p, err := h.Scenarios.Preset(r.Context(), name)
	if errors.Is(err, ErrNotFound) {
		return scenario.Preset{}, noPreset
	}
	return p, err
}

var noPreset = problem(http.StatusNotFound, "There is no preset of that name.", "")

func (h *handler) getPreset(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	if err := knownParameters(query, "format"); err != nil {
		return err
	}
	format := query.Get("format")
	if format != "" && format != "json" && format != "yaml" {
		return validation.Errorf("format", "must be json or yaml, is %q", format)
	}
	p, err := h.preset(r)
	if err != nil {
		return err
	}
	if format != "yaml" {
		return writeJSON(w, http.StatusOK, p)
	}
	return writeYAMLFile(w, p.Name, p)
}

func (h *handler) applyPreset(w http.ResponseWriter, r *http.Request) error {
	var in changeRequest
	if err := readBody(w, r, &in, true); err != nil {
		return err
	}
	if _, err := in.validate(); err != nil {
		return err
	}
	p, relief, err := h.relievingPreset(r)
	if err != nil {
		return err
	}
	return h.changeScenario(w, r, change{action: "preset", changeRequest: in, relief: relief, apply: func(s *scenario.Scenario) error {
		s.Definition, s.Preset = p.Definition, p.Name
		return nil
	}})
}

func (h *handler) postPreset(w http.ResponseWriter, r *http.Request) error {
	p, err := h.readPreset(w, r, "")
	if err != nil {
		return err
	}
	err = h.Scenarios.SavePreset(r.Context(), p, false)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrReadOnly) {
		return problem(http.StatusConflict, "name is taken by another preset: "+p.Name, "name")
	}
	if err != nil {
		return err
	}
	h.Logger.InfoContext(r.Context(), "preset created", "preset", p.Name, "by", actorOf(r).Name)
	return writeJSON(w, http.StatusCreated, p)
}

func (h *handler) putPreset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if scenario.ValidatePresetName(name) != nil {
		return noPreset
	}
	p, err := h.readPreset(w, r, name)
	if err != nil {
		return err
	}
	if err := h.Scenarios.SavePreset(r.Context(), p, true); err != nil {
		return presetError(err)
	}
	h.Logger.InfoContext(r.Context(), "preset changed", "preset", p.Name, "by", actorOf(r).Name)
	return writeJSON(w, http.StatusOK, p)
}

// readPreset reads a preset for saving. Its source is that of users whatever the body says, so that an exported preset
// can be imported as it is.
func (h *handler) readPreset(w http.ResponseWriter, r *http.Request, name string) (scenario.Preset, error) {
	var p scenario.Preset
	if h.Scenarios == nil {
		return p, unavailable("presets")
	}
	if err := jsonOrYAML.read(w, r, &p, false); err != nil {
		return p, err
	}
	if name != "" && p.Name == "" {
		p.Name = name
	}
	if err := p.Validate(); err != nil {
		return p, err
	}
	if name != "" && p.Name != name {
		return p, validation.Errorf("name", "must be that of the path or absent; a preset cannot be renamed")
	}
	p.Source = scenario.User
	limits, err := h.limits(r.Context())
	if err != nil {
		return p, err
	}
	return p, limits.Check(p.Definition)
}

func (h *handler) deletePreset(w http.ResponseWriter, r *http.Request) error {
	if h.Scenarios == nil {
		return unavailable("presets")
	}
	name := r.PathValue("name")
	if scenario.ValidatePresetName(name) != nil {
		return noPreset
	}
	if err := h.Scenarios.DeletePreset(r.Context(), name); err != nil {
		return presetError(err)
	}
	h.Logger.InfoContext(r.Context(), "preset deleted", "preset", name, "by", actorOf(r).Name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func presetError(err error) error {
	if errors.Is(err, ErrNotFound) {
		return noPreset
	}
	return err
}
