package recording_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Whatever lines there are, what is read of them is read again from what is written of it.
func FuzzImportedLinesAreReadAgain(f *testing.F) {
	const line = `{"id":"019cf0a1-7b3c-7def-8123-456789abcd11","timestamp":"2026-03-14T15:00:00Z","protocol":"http","gateway":"shop","instance":"i-1",` +
		`"method":"GET","path":"/a","headers":{"x-b":["1"]},"header_form":"x-b","body":{"encoding":"base64","content":"/w==","size":1},"response_status":200,` +
		`"response_body":{"encoding":"utf8","content":"","size":0},"response_time_ms":1,"scenario_mode":"healthy","scenario_version":1}`
	f.Add(line + "\n\n" + line)
	f.Add(`{"error":"The export ended early."}`)
	f.Add(strings.Replace(line, `"messages"`, ``, 1) + "\n{")
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) (all []recording.Recording) {
			for r, err := range recording.ReadJSONLines(t.Context(), strings.NewReader(text)) {
				if err != nil {
					if len(validation.All(err)) == 0 {
						t.Fatalf("the error names no field: %v", err)
					}
					return all
				}
				all = append(all, r)
			}
			return all
		}
		first := read(text)
		var written bytes.Buffer
		if err := recording.WriteJSONLines(&written, func(yield func(recording.Recording, error) bool) {
			_ = slices.IndexFunc(first, func(r recording.Recording) bool { return !yield(r, nil) })
		}); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := recording.WriteJSONLines(&again, func(yield func(recording.Recording, error) bool) {
			_ = slices.IndexFunc(read(written.String()), func(r recording.Recording) bool { return !yield(r, nil) })
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(written.String(), again.String()); diff != "" {
			t.Errorf("(-written +read again):\n%s", diff)
		}
	})
}
