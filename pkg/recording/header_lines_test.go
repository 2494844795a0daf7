package recording

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheFrontendArrangesHeadersAsWeDo holds us to the examples to which src/types/headerLines.test.ts holds the frontend.
func TestTheFrontendArrangesHeadersAsWeDo(t *testing.T) {
	text, err := os.ReadFile("testdata/header_lines.json")
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Name, Value string
		Bytes       []string `json:"bytes,omitempty"`
	}
	var examples []struct {
		Name      string
		Recording Recording
		Lines     []line
	}
	if err := json.Unmarshal(text, &examples); err != nil {
		t.Fatal(err)
	}
	for _, example := range examples {
		got := []line{}
		for _, l := range example.Recording.HeaderLines() {
			shown := line{Name: l.Name, Value: AsText(l.Value)}
			if shown.Value != l.Value {
				for i := range len(l.Value) {
					shown.Bytes = append(shown.Bytes, hex.EncodeToString([]byte{l.Value[i]}))
				}
			}
			got = append(got, shown)
		}
		if diff := cmp.Diff(example.Lines, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", example.Name, diff)
		}
	}
}
