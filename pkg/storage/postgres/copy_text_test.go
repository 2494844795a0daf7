package postgres_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// What COPY, arrays and JSON each have a meaning of their own for must come back as it was.
func TestHostileTextIsStoredAsItIs(t *testing.T) {
	store, _ := migrated(t, nil)
	hostile := []string{
		"", " ", `\N`, `\.`, "\\", `\\`, "a\tb", "a\nb", "a\r\nb", `"`, `{}`, `{"a","b"}`, "NULL", "null", ",", "'", `\x00`, "\b\f\v", "ü€😀",
		"line\n\\.\nline", `ends in \`, "\x01\x1f\x7f",
	}
	var batch []recording.Recording
	for _, text := range hostile {
		r := whole()
		r.ID, _ = uuid.NewV7()
		r.Path, r.Rule, r.Failure, r.Consumer = "/"+text, text, text, text
		r.Tags, r.PluginExecuted = []string{text, "plain"}, []string{"plain", text}
		r.Headers = recording.Values{"X-Hostile": {text, "plain"}}
		r.Body = recording.Body{Content: []byte(text), Size: int64(len(text))}
		r.ResponseBody = recording.Body{Content: append([]byte{0, 255}, text...), Size: int64(len(text) + 2)}
		r.Faults = []recording.Fault{{Kind: "error", Detail: text}}
		r.Messages = []recording.Message{{Direction: "in", Kind: "text", Body: recording.Body{Content: []byte(text), Size: int64(len(text))}}}
		if text == "" {
			r.Body.Content, r.Messages[0].Body.Content = nil, nil
		}
		batch = append(batch, r)
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for i := range batch {
		got, err := store.Get(t.Context(), batch[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(batch[i], got); diff != "" {
			t.Errorf("%q (-written +read):\n%s", hostile[i], diff)
		}
	}
}
