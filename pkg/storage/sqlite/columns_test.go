package sqlite

import (
	"slices"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The file has what recordings have, by the same names, and nothing else. Messages have a table of their own.
func TestTheFileHasTheColumnsOfRecordings(t *testing.T) {
	var want, got []string
	for _, c := range recording.Columns() {
		switch c.Kind {
		case recording.KindMessages:
		case recording.KindBody:
			want = append(want, c.Name, c.Name+"_size", c.Name+"_truncated", c.Name+"_redacted", c.Name+"_decoded")
		default:
			want = append(want, c.Name)
		}
	}
	for _, c := range columns {
		got = append(got, c.name)
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("columns are\n%q, want\n%q", got, want)
	}
}
