package datasource

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"go.yaml.in/yaml/v3"
)

// spanFields are the fields that Grafana's frames of a trace have, of Tempo and of Jaeger, which a correlation may name.
var spanFields = []string{"traceID", "spanID", "parentSpanID", "operationName", "serviceName", "serviceTags", "tags", "logs", "references"}

// provisioned is a data source in a provisioning file, as far as links need it.
type provisioned struct {
	Name, UID, Type string
	JSONData        map[string]any `yaml:"jsonData"`
	Correlations    yaml.Node
}

// correlation has the keys that Grafana 12 and 13 document; any other is refused.
type correlation struct {
	TargetUID          string `yaml:"targetUID"`
	Label, Description string
	Config             struct {
		Type, Field string
		Target      map[string]any
	}
}

// provisioning returns the data sources of each set of files that are laid side by side: those of the repository, and each
// block of the document on traces.
func provisioning(t *testing.T) map[string][]provisioned {
	t.Helper()
	all := map[string][]provisioned{}
	files, err := filepath.Glob("../../provisioning/grafana/datasources/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all["provisioning"] = append(all["provisioning"], sourcesOf(t, string(text))...)
	}
	page, err := os.ReadFile("../../docs/observability/OPENTELEMETRY.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range regexp.MustCompile("(?s)```yaml\n(apiVersion:.*?)```").FindAllStringSubmatch(string(page), -1) {
		all[fmt.Sprintf("document %d", i)] = sourcesOf(t, block[1])
	}
	if len(all) < 2 {
		t.Fatal("the document shows no provisioning")
	}
	return all
}

func sourcesOf(t *testing.T, text string) []provisioned {
	t.Helper()
	var file struct{ Datasources []provisioned }
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	return file.Datasources
}

// correlationsOf decodes the correlations of a data source, which may have no other keys.
func correlationsOf(t *testing.T, from provisioned) []correlation {
	t.Helper()
	if from.Correlations.IsZero() {
		return nil
	}
	written, err := yaml.Marshal(&from.Correlations)
	if err != nil {
		t.Fatal(err)
	}
	strict := yaml.NewDecoder(strings.NewReader(string(written)))
	strict.KnownFields(true)
	var all []correlation
	if err := strict.Decode(&all); err != nil {
		t.Errorf("%s: correlations: %v", from.Name, err)
	}
	return all
}

// expanded replaces variables as Grafana does: ${name} by the environment when it reads the file, where $$ is a dollar, and what
// is left by the fields of a span when somebody follows a link.
func expanded(text string, span map[string]string) string {
	const dollar = "\x00"
	read := os.Expand(strings.ReplaceAll(text, "$$", dollar), func(string) string { return "" })
	return os.Expand(strings.ReplaceAll(read, dollar, "$"), func(name string) string { return span[name] })
}

// A trace leads to its recordings: the link of a span asks for what the data source answers.
func TestASpanLeadsToItsRecordings(t *testing.T) {
	dsn := filled(t)
	source := newSource(t, dsn, `{}`)
	span := map[string]string{"traceID": recordings()[0].TraceID}
	for where, sources := range provisioning(t) {
		links := 0
		for _, from := range sources {
			for _, link := range correlationsOf(t, from) {
				links++
				name := where + ": " + from.Name
				// Grafana does not start where one of these is absent.
				if link.Label == "" || link.Description == "" || link.Config.Type != "query" {
					t.Errorf("%s: label %q, description %q, type %q", name, link.Label, link.Description, link.Config.Type)
				}
				if !slices.Contains(spanFields, link.Config.Field) {
					t.Errorf("%s: %q is no field of a span", name, link.Config.Field)
				}
				if !slices.ContainsFunc(sources, func(s provisioned) bool { return s.UID == link.TargetUID && s.Type == ID }) {
					t.Errorf("%s: %q is none of our data sources", name, link.TargetUID)
				}
				written, err := json.Marshal(link.Config.Target)
				if err != nil {
					t.Fatal(err)
				}
				queryType, _ := link.Config.Target["queryType"].(string)
				// A span that the upstream made, a second after the gateway took the request.
				begun := noon.Add(time.Second)
				got := askFor(t, source, queryType, expanded(string(written), span), backend.TimeRange{From: begun, To: begun.Add(time.Millisecond)})
				if got.Error != nil || len(got.Frames) != 1 {
					t.Fatalf("%s: %d frames, %v", name, len(got.Frames), got.Error)
				}
				field, _ := got.Frames[0].FieldByName("traceID")
				if field == nil || field.Len() == 0 {
					t.Fatalf("%s: no recording is found", name)
				}
				for i := range field.Len() {
					if id, ok := field.At(i).(*string); !ok || id == nil || *id != span["traceID"] {
						t.Errorf("%s: found the trace %v", name, field.At(i))
					}
				}
			}
		}
		if links == 0 {
			t.Errorf("%s: no data source has a correlation", where)
		}
	}
}

// A recording leads to its trace, in the words of the data source that has it.
func TestARecordingLeadsToItsTrace(t *testing.T) {
	dsn := filled(t)
	for _, test := range []struct {
		settings string
		want     map[string]string
	}{
		{`{}`, nil},
		{`{"tracesType":"jaeger"}`, nil},
		{`{"tracesUid":"t"}`, map[string]string{"queryType": "traceql", "query": "${__value.raw}"}},
		{`{"tracesUid":"t","tracesType":"tempo"}`, map[string]string{"queryType": "traceql", "query": "${__value.raw}"}},
		{`{"tracesUid":"t","tracesType":"jaeger"}`, map[string]string{"query": "${__value.raw}"}},
		{`{"tracesUid":"t","tracesType":"zipkin"}`, map[string]string{"query": "${__value.raw}"}},
	} {
		source := newSource(t, dsn, test.settings)
		for _, queryType := range []string{"recordings", "logs"} {
			links := linksOf(t, ask(t, source, queryType, `{}`))
			if test.want == nil {
				if len(links) > 0 {
					t.Errorf("%s, %s: links %v", test.settings, queryType, links)
				}
				continue
			}
			if len(links) != 1 || links[0].Internal == nil || links[0].Internal.DatasourceUID != "t" {
				t.Fatalf("%s, %s: links %v", test.settings, queryType, links)
			}
			if diff := cmp.Diff(any(test.want), links[0].Internal.Query); diff != "" {
				t.Errorf("%s, %s: %s", test.settings, queryType, diff)
			}
		}
	}
}

func linksOf(t *testing.T, got backend.DataResponse) []data.DataLink {
	t.Helper()
	if got.Error != nil {
		t.Fatal(got.Error)
	}
	field, _ := got.Frames[0].FieldByName("traceID")
	if field == nil {
		t.Fatal("no field traceID")
	}
	if field.Config == nil {
		return nil
	}
	return field.Config.Links
}

// What is provisioned as the way back is a data source of traces that is provisioned too, under its own type.
func TestTheWayBackIsOfTheRightType(t *testing.T) {
	// As docker-compose.yaml has it for the files of the repository.
	t.Setenv("MOCKFORGE_TRACES_UID", "mockforge-tempo")
	for where, sources := range provisioning(t) {
		for _, ours := range sources {
			if ours.Type != ID {
				continue
			}
			uid, _ := ours.JSONData["tracesUid"].(string)
			uid = os.ExpandEnv(uid)
			kind, _ := ours.JSONData["tracesType"].(string)
			if kind == "" {
				kind = "tempo"
			}
			if !slices.ContainsFunc(sources, func(s provisioned) bool { return s.UID == uid && s.Type == kind }) {
				t.Errorf("%s: no data source of type %q has the uid %q", where, kind, uid)
			}
		}
	}
}
