package datasource

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// withPatterns returns a database with what analysis found in it.
func withPatterns(t *testing.T) string {
	t.Helper()
	dsn := postgrestest.DSN(t)
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(apitest.Habits(noon), 2000) {
		if err := store.WriteRecordings(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Detect(t.Context(), recording.Filter{}); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Every condition there is, and each that will be, either counts in a query type or is refused by its name.
func TestNoQueryTypeIgnoresACondition(t *testing.T) {
	source, habitual := newSource(t, filled(t), `{}`), newSource(t, withPatterns(t), `{}`)
	for name, what := range source.queryTypes() {
		asked := source
		if name == "patterns" {
			asked = habitual
		}
		ask := func(filter recording.Filter) (answer backend.DataResponse, frames string) {
			model, err := json.Marshal(map[string]any{"filter": filter, "field": "routes"})
			if err != nil {
				t.Fatal(err)
			}
			response, err := asked.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: backend.PluginContext{User: &backend.User{Role: "Admin"}}, Queries: []backend.DataQuery{{
				RefID: "A", QueryType: name, JSON: model, TimeRange: backend.TimeRange{From: noon, To: noon.Add(6 * time.Minute)}, Interval: 10 * time.Second, MaxDataPoints: 500,
			}}})
			if err != nil {
				t.Fatal(err)
			}
			answer = response.Responses["A"]
			document, err := json.Marshal(answer.Frames)
			if err != nil {
				t.Fatal(err)
			}
			return answer, string(document)
		}
		_, all := ask(recording.Filter{})
		for field, filter := range apitest.EachCondition() {
			if field == "from" || field == "to" {
				continue // They are the dashboard's.
			}
			t.Run(name+" "+field, func(t *testing.T) {
				answer, frames := ask(filter)
				switch {
				case !what.can.Can(field):
					if answer.Status != backend.StatusBadRequest || answer.Error == nil || !strings.HasPrefix(answer.Error.Error(), "filter."+field+": ") {
						t.Errorf("not refused by name: %d %v", answer.Status, answer.Error)
					}
				case answer.Error != nil:
					t.Errorf("refused: %v", answer.Error)
				case frames == all:
					t.Errorf("ignored: %.500s", frames)
				}
			})
		}
	}
}

// What the query editor offers is never refused.
func TestTheEditorOffersWhatQueryTypesCanDo(t *testing.T) {
	editor, err := os.ReadFile("../../src/datasource/query.ts")
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`'([a-z_]+)'`)
	list := func(pattern string) (names []string, all bool) {
		found := regexp.MustCompile(pattern).FindSubmatch(editor)
		if found == nil {
			t.Fatalf("the editor has nothing like %s", pattern)
		}
		for _, word := range words.FindAllSubmatch(found[1], -1) {
			names = append(names, string(word[1]))
		}
		return names, string(found[1]) == "all"
	}
	every, _ := list(`(?s)const all: [^=]*= \[(.*?)\];`)
	for name, what := range newSource(t, "", `{}`).queryTypes() {
		offered, all := list(`(?m)^  ` + name + `: (all|\[.*\]),$`)
		if all {
			offered = every
		}
		if len(offered) == 0 {
			t.Errorf("%s: nothing is offered", name)
		}
		for _, field := range offered {
			if !what.can.Can(field) {
				t.Errorf("%s: the editor offers %s", name, field)
			}
		}
	}
	for _, field := range recording.AllConditions.Fields {
		if field != "from" && field != "to" && !slices.Contains(every, field) {
			t.Errorf("the editor does not offer %s", field)
		}
	}
}
