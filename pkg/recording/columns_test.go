package recording_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Lines of JSON have every column, and tables only what is one, by the same names.
func TestExportsHaveTheColumnsOfRecordings(t *testing.T) {
	whole := apitest.Whole()
	one := func(yield func(recording.Recording, error) bool) { yield(whole, nil) }
	written := map[string]*bytes.Buffer{}
	for _, format := range recording.Formats() {
		written[format.Name] = &bytes.Buffer{}
		if err := format.Write(written[format.Name], one); err != nil {
			t.Fatal(format.Name, err)
		}
	}
	var line map[string]any
	if err := json.Unmarshal(written["jsonl"].Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range recording.Columns() {
		if names = append(names, c.Name); line[c.Name] == nil {
			t.Errorf("a line of JSON has no %s", c.Name)
		}
		delete(line, c.Name)
	}
	for name := range line {
		t.Errorf("a line of JSON has %s, which is no column", name)
	}
	table, err := csv.NewReader(written["csv"]).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range table[0] {
		if name != "request_size" && name != "response_size" && !slices.Contains(names, name) {
			t.Errorf("a table has %s, which is no column", name)
		}
		if table[1][i] == "" {
			t.Errorf("a table has nothing for %s", name)
		}
	}
	if got := table[1][slices.Index(table[0], "timestamp")]; got != whole.Timestamp.Format(time.RFC3339Nano) {
		t.Errorf("the time is %s", got)
	}
}
