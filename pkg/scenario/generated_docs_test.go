package scenario_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestGeneratedTableOfTheDocs(t *testing.T) {
	var out strings.Builder
	for _, kind := range inGroups() {
		fmt.Fprintln(&out, strings.TrimRight(fmt.Sprintf("| `%s` | %s | %s", kind.Name, kind.Doc, documented(kind)), " "), "|")
	}
	generated(
		t, "docs/observability/SCENARIOS.md", "| `kind` | what happens | parameters (default) |\n| --- | --- | --- |",
		"\nEvery kind takes `share` (1), the part of the exchanges that are hit, or of messages for `drop`, `duplicate` and", out.String(),
	)
}

func TestDocsSayWhatRequestsMayAskFor(t *testing.T) {
	docs, err := os.ReadFile("../../docs/observability/SCENARIOS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range scenario.Kinds() {
		if kind.Request == nil {
			continue
		}
		for _, example := range requested(kind) {
			if !strings.Contains(string(docs), "`"+example+"`") {
				t.Errorf("docs/observability/SCENARIOS.md does not have %s", example)
			}
		}
	}
}

// requested returns what a request may ask for, without words around it.
func requested(kind *scenario.Kind) []string {
	text, _, _ := strings.Cut(kind.Request.Example, " for ")
	return strings.Split(text, " or ")
}

// inGroups returns the kinds in the order in which they are offered.
func inGroups() []*scenario.Kind {
	var kinds []*scenario.Kind
	for _, group := range scenario.Groups() {
		for _, kind := range scenario.Kinds() {
			if kind.Group == group {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// documented returns the parameters of a kind with their defaults, each once. Those of distributions have a table of their
// own.
func documented(kind *scenario.Kind) string {
	var text strings.Builder
	fields := slices.DeleteFunc(slices.Clone(kind.Fields), func(f scenario.Field) bool { return len(f.Distributions) > 0 })
	for i, field := range fields {
		switch {
		case i == 0:
		case fields[i-1].Unless == field.Parameter:
			text.WriteString(" or ")
		default:
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "`%s`", field.Name)
		switch {
		case field.Name == "distribution":
			text.WriteString(" and its parameters")
		case field.Default != nil && field.Name != "at" && len(field.Words) > 0:
			words := slices.DeleteFunc(slices.Clone(field.Words), func(word string) bool { return word == fmt.Sprint(field.Default) })
			fmt.Fprintf(&text, " (%v; %s)", field.Default, strings.Join(words, ", "))
		case field.Default != nil:
			fmt.Fprintf(&text, " (%v)", field.Default)
		case field.Otherwise != "":
			fmt.Fprintf(&text, " (%s)", small(field.Otherwise))
		}
	}
	return text.String()
}
