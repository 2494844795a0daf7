package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestGeneratedOpenAPIOfFaults(t *testing.T) {
	var out strings.Builder
	var names []string
	for _, name := range scenario.FaultKinds() {
		names = append(names, string(name))
	}
	fmt.Fprintf(&out, "        kind:\n          type: string\n          enum: [%s]\n", strings.Join(names, ", "))
	out.WriteString(`        share: { type: number, minimum: 0, maximum: 1, description: "Of the exchanges, or of the messages for faults at messages; default 1." }` + "\n")
	out.WriteString(`        when: { $ref: "#/components/schemas/When" }` + "\n")
	for _, p := range scenario.Parameters() {
		schema := p.Schema
		if len(p.Words) > 0 {
			schema = fmt.Sprintf("type: string, enum: [%s]", strings.Join(p.Words, ", "))
		}
		fmt.Fprintf(&out, "        %s: { %s, description: %q }\n", p.Name, schema, usage(p))
	}
	generated(
		t, "pkg/api/openapi.yaml", "        # What follows is generated from the kinds of faults: go test ./pkg/scenario -run Generated -generate",
		"        # So far it is generated.", out.String(),
	)
}

// usage says which kinds take p, what it is where it is absent, and what it is for.
func usage(p *scenario.Parameter) string {
	type group struct {
		kinds []string
		note  string
	}
	var groups []group
	for _, kind := range scenario.Kinds() {
		note, fields := "", 0
		for _, field := range kind.Fields {
			if field.Parameter == p {
				fields++
				note = absent(field)
			}
		}
		switch {
		case fields == 0:
			continue
		case fields > 1:
			note = "" // It depends on other parameters.
		}
		if last := len(groups) - 1; last >= 0 && groups[last].note == note {
			groups[last].kinds = append(groups[last].kinds, string(kind.Name))
			continue
		}
		groups = append(groups, group{[]string{string(kind.Name)}, note})
	}
	var text string
	for i, g := range groups {
		if i > 0 {
			text += ", "
		}
		text += strings.Join(g.kinds, ", ")
		if len(groups) > 1 && g.note != "" {
			text += " (" + g.note + ")"
		}
	}
	if p.Doc != "" {
		text += ": " + p.Doc
	}
	if len(groups) == 1 && groups[0].note != "" {
		text += "; " + groups[0].note
	}
	return text
}

// absent says what a field is where it is not given; empty where there is nothing to say.
func absent(field scenario.Field) string {
	switch {
	case field.Required && len(field.Distributions) == 0:
		return "required"
	case field.Default != nil && field.Otherwise != "":
		return fmt.Sprintf("default %v, or %s", field.Default, field.Otherwise)
	case field.Default != nil && field.Unless != nil:
		return fmt.Sprintf("default %v where %s is absent", field.Default, field.Unless.Name)
	case field.Default != nil:
		return fmt.Sprintf("default %v", field.Default)
	case field.Otherwise != "":
		return "default: " + small(field.Otherwise)
	}
	return ""
}

// small returns text as it goes on within a sentence.
func small(text string) string { return strings.ToLower(text[:1]) + text[1:] }
