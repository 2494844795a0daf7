package api

import (
	"errors"
	"fmt"
	"net/http"

	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxImport is how many presets one file may have.
const maxImport = 1000

// presetFile is the form of exports and imports.
type presetFile struct {
	Presets []scenario.Preset `json:"presets" yaml:"presets"`
}

func (h *handler) exportPresets(w http.ResponseWriter, r *http.Request) error {
	if h.Scenarios == nil {
		return unavailable("presets")
	}
	query := r.URL.Query()
	if err := knownParameters(query, "all"); err != nil {
		return err
	}
	all, err := boolean(query, "all")
	if err != nil {
		return err
	}
	presets, err := h.Scenarios.Presets(r.Context())
	if err != nil {
		return err
	}
	file := presetFile{Presets: []scenario.Preset{}}
	scenario.SortPresets(presets)
	for _, p := range presets {
		if all || p.Source == scenario.User {
			file.Presets = append(file.Presets, p)
		}
	}
	return writeYAMLFile(w, "mockforge-presets", file)
}

// writeYAMLFile answers with v as a file that browsers save as name.yaml.
func writeYAMLFile(w http.ResponseWriter, name string, v any) error {
	body, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.yaml"`)
	_, _ = w.Write(body) // a client that is gone needs no answer
	return nil
}

func (h *handler) importPresets(w http.ResponseWriter, r *http.Request) error {
	if h.Scenarios == nil {
		return unavailable("presets")
	}
	query := r.URL.Query()
	if err := knownParameters(query, "replace"); err != nil {
		return err
	}
	replace, err := boolean(query, "replace")
	if err != nil {
		return err
	}
	var file presetFile
	if err := jsonOrYAML.read(w, r, &file, false); err != nil {
		return err
	}
	limits, err := h.limits(r.Context())
	if err != nil {
		return err
	}
	if err := file.validate(limits); err != nil {
		return err
	}
	saved, err := h.Scenarios.SavePresets(r.Context(), file.Presets, replace)
	if err != nil {
		return importError(file, err)
	}
	h.Logger.InfoContext(r.Context(), "presets imported", "created", saved.Created, "replaced", saved.Replaced, "by", actorOf(r).Name)
	return writeJSON(w, http.StatusOK, saved)
}

// validate reports all that is wrong in the whole file at once.
func (f presetFile) validate(limits scenario.Limits) error {
	switch n := len(f.Presets); {
	case f.Presets == nil:
		return validation.Errorf("presets", "is required: a list of presets")
	case n > maxImport:
		return validation.Errorf("presets", "must be at most %d, are %d", maxImport, n)
	}
	var errs []error
	first := map[string]int{}
	for i, p := range f.Presets {
		at := fmt.Sprintf("presets[%d]", i)
		errs = append(errs, validation.In(at, errors.Join(p.Validate(), limits.Check(p.Definition))))
		if before, seen := first[p.Name]; seen && p.Name != "" {
			errs = append(errs, validation.Errorf(at+".name", "must not be given twice, is that of presets[%d]", before))
		} else {
			first[p.Name] = i
		}
	}
	return errors.Join(errs...)
}

func importError(file presetFile, err error) error {
	at, ok := errors.AsType[*PresetError](err)
	if !ok || at.Index < 0 || at.Index >= len(file.Presets) {
		return err
	}
	field, name := fmt.Sprintf("presets[%d].name", at.Index), file.Presets[at.Index].Name
	switch {
	case errors.Is(err, ErrReadOnly):
		return problem(http.StatusConflict, fmt.Sprintf("%s is that of a preset that is built in or configured, and cannot be changed: %s", field, name), field)
	case errors.Is(err, ErrConflict):
		return problem(http.StatusConflict, fmt.Sprintf("%s is that of a preset that exists already: %s; import with replace=true to change it", field, name), field)
	}
	return err
}
