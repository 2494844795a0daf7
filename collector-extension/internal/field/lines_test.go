package field_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

func TestLinesKeepTheirOrderAndTheCaseOfTheirNames(t *testing.T) {
	got, err := field.Lines("x-b: 1\r\nX-A: Jos\xe9 \r\nX-B: 2\r\n  3\r\n", false)
	if err != nil {
		t.Fatal(err)
	}
	want := []field.Line{{"x-b", "1"}, {"X-A", "Jos\xe9"}, {"X-B", "2 3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHeadersAreArrangedAsTheyWereSent(t *testing.T) {
	sent := []field.Line{{"x-b", "1"}, {"ACCEPT", "a"}, {"X-B", "2"}, {"gone", "x"}, {"X-b", "3"}}
	for name, test := range map[string]struct {
		header http.Header
		want   []field.Line
	}{
		"unchanged but for one that is gone": {
			http.Header{"X-B": {"1", "2", "3"}, "Accept": {"a"}},
			[]field.Line{{"x-b", "1"}, {"ACCEPT", "a"}, {"X-B", "2"}, {"X-b", "3"}},
		},
		"fewer, changed and added": {
			http.Header{"X-B": {"9"}, "Via": {"1", "2"}, "Added": {"yes"}},
			[]field.Line{{"x-b", "9"}, {"Added", "yes"}, {"Via", "1"}, {"Via", "2"}},
		},
		"more of one": {
			http.Header{"Accept": {"a", "b"}},
			[]field.Line{{"ACCEPT", "a"}, {"Accept", "b"}},
		},
		"nil values are none": {http.Header{"Accept": nil}, nil},
	} {
		if diff := cmp.Diff(test.want, field.Arrange(nil, test.header, sent)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzLinesAreWhatParseReads(f *testing.F) {
	f.Add("x-a: b\r\nX-A:\tc \r\nx-empty:\r\n", false)
	f.Add("X-A: b \r\n\t c\r\n \r\nX-B: d\r\n", true)
	f.Fuzz(func(t *testing.T, block string, bare bool) {
		header, err := field.Parse(block, bare)
		lines, lineErr := field.Lines(block, bare)
		if (err == nil) != (lineErr == nil) {
			t.Fatalf("Parse says %v, Lines says %v", err, lineErr)
		}
		if err != nil {
			return
		}
		got := http.Header{}
		for _, line := range lines {
			got.Add(line.Name, line.Value)
		}
		if diff := cmp.Diff(header, got); diff != "" {
			t.Errorf("(-Parse +Lines):\n%s", diff)
		}
		if diff := cmp.Diff(lines, field.Arrange(nil, header, lines)); len(lines) > 0 && diff != "" {
			t.Errorf("arranged otherwise (-sent +arranged):\n%s", diff)
		}
	})
}
