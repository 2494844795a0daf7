package api_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The document describes the conditions of a filter that there are, and no others.
func TestTheDocumentHasTheConditionsOfTheFilter(t *testing.T) {
	doc := document(t)
	query := slices.Concat(recording.AllConditions.Fields, []string{"limit", "cursor", "ascending"})
	for schema, want := range map[string][]string{"Filter": recording.AllConditions.Fields, "Query": query} {
		described := doc.Components.Schemas[schema].Value.Properties
		for _, name := range want {
			if described[name] == nil {
				t.Errorf("%s has no %s", schema, name)
			}
		}
		if len(described) != len(want) {
			t.Errorf("%s has %d properties, want %d", schema, len(described), len(want))
		}
	}
	for path, can := range map[string]recording.Support{
		"/recordings/stats": recording.AllConditions, "/recordings/export": recording.AllConditions, "/recordings/patterns": api.StoredPatternConditions,
	} {
		parameters := doc.Paths.Find(path).Get.Parameters
		for _, field := range recording.AllConditions.Fields {
			// What is inside an object is described in one for all: headers.X-A, not.routes.
			name := map[string]string{"headers": "more", "not": "more"}[field]
			if name == "" {
				name = field
			}
			if described := parameters.GetByInAndName("query", name) != nil; described != can.Can(field) {
				t.Errorf("GET %s: that %s can be given is described: %t, want %t", path, field, described, can.Can(field))
			}
		}
	}
}

// Columns of recordings are what the document, JSON Lines and others have of them, by the same names.
func TestTheDocumentHasTheColumnsOfRecordings(t *testing.T) {
	described := document(t).Components.Schemas["Recording"].Value.Properties
	for _, column := range recording.Columns() {
		if described[column.Name] == nil {
			t.Errorf("a recording has no %s", column.Name)
		}
	}
	unstored := 1 // withheld
	if len(described) != len(recording.Columns())+unstored {
		t.Errorf("a recording has %d properties, want %d", len(described), len(recording.Columns())+unstored)
	}
}

// A filter is read from parameters by the same names, and what patterns are not told apart by is refused by its name.
func TestStoredPatternsIgnoreNoCondition(t *testing.T) {
	server := newServer(t, nil)
	for _, field := range recording.AllConditions.Fields {
		values := map[string]string{
			"from": "2026-03-14T15:00:00Z", "to": "2026-03-14T15:00:00Z", "protocols": "http", "statuses": "5xx", "min_duration_ms": "1", "max_duration_ms": "1",
			"injected": "true", "failures": "true", "failed_by": "client", "failure_kind": "reset", "trace_id": strings.Repeat("0a", 16),
		}
		name, value := map[string]string{"headers": "headers.X-A", "not": "not.routes"}[field], values[field]
		if name == "" {
			name = field
		}
		if value == "" {
			value = "x"
		}
		answer := server.send("GET", "/recordings/patterns?"+url.Values{name: {value}}.Encode(), "")
		refused := strings.Contains(answer.body, `"field":"`+field+`"`) && answer.status == 400
		if can := api.StoredPatternConditions.Can(field); can == refused || can && answer.status != 200 {
			t.Errorf("%s: %d %s", name, answer.status, answer.body)
		}
	}
}
