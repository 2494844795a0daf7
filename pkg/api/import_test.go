package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// shelf keeps what is imported.
type shelf struct {
	stored []recording.Recording
	err    error
}

func (s *shelf) WriteRecordings(_ context.Context, batch []recording.Recording) error {
	s.stored = append(s.stored, batch...)
	return s.err
}

func (s *shelf) Redact(r *recording.Recording) { r.Consumer = "masked" }

func importing(t *testing.T, err error) (*server, *shelf) {
	t.Helper()
	s := &shelf{err: err}
	return newServer(t, func(o *api.Options) { o.Importer = s }), s
}

func (s *server) importLines(mediaType, lines string) answer {
	r := httptest.NewRequest("POST", "/recordings/import", strings.NewReader(lines))
	r.Header.Set("Content-Type", mediaType)
	return s.serve(r)
}

// exported returns the lines of n recordings.
func exported(t *testing.T, n int) string {
	t.Helper()
	var text strings.Builder
	err := recording.WriteJSONLines(&text, func(yield func(recording.Recording, error) bool) {
		for i := range n {
			r := exampleRecording()
			r.ID[15] = byte(i)
			r.ID[14] = byte(i >> 8)
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestWhatWasExportedIsImportedAndMasked(t *testing.T) {
	s, kept := importing(t, nil)
	for _, mediaType := range []string{"application/jsonl", "application/x-ndjson; charset=utf-8", "application/json"} {
		kept.stored = nil
		if a := s.importLines(mediaType, "\n"+exported(t, 2)+"\n"); a.status != 200 || strings.TrimSpace(a.body) != `{"imported":2}` {
			t.Fatalf("%s: %d %s", mediaType, a.status, a.body)
		}
		want := exampleRecording()
		want.ID, want.Consumer = uuid.MustParse("019cf0a1-7b3c-7def-8123-456789ab0001"), "masked"
		if diff := cmp.Diff(want, kept.stored[1], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-exported +imported):\n%s", mediaType, diff)
		}
	}
}

func TestAnImportThatIsNoneIsRefusedAsAWhole(t *testing.T) {
	good := exported(t, 1)
	with := func(old, new string) string {
		changed := strings.Replace(good, old, new, 1)
		if changed == good {
			t.Fatalf("the line has no %s", old)
		}
		return good + changed
	}
	for name, test := range map[string]struct {
		lines, field string
		status       int
	}{
		"nothing":           {"\n \n", "", 400},
		"no JSON":           {good + "{", "line 2", 400},
		"another document":  {good + "[]", "line 2", 400},
		"an export's error": {good + `{"error":"The export ended early."}`, "line 2.error", 400},
		"no id":             {with(`"id":"019cf0a1-7b3c-7def-8123-456789ab0000"`, `"id":"00000000-0000-0000-0000-000000000000"`), "line 2.id", 400},
		"an id of words":    {with(`"id":"019cf0a1-7b3c-7def-8123-456789ab0000"`, `"id":"mine"`), "line 2.id", 400},
		"a time far off":    {with(`"timestamp":"2026`, `"timestamp":"1926`), "line 2.timestamp", 400},
		"no protocol":       {with(`"protocol":"grpc"`, `"protocol":"smtp"`), "line 2.protocol", 400},
		"no gateway":        {with(`"gateway":"shop"`, `"gateway":""`), "line 2.gateway", 400},
		"a status":          {with(`"response_status":200`, `"response_status":2000`), "line 2.response_status", 400},
		"a direction":       {with(`"direction":"in"`, `"direction":"up"`), "line 2.messages[0].direction", 400},
		"a form":            {with(`"body":{`, `"header_form":"a b:c","body":{`), "line 2.header_form", 400},
		"without contents":  {with(`"scenario_mode"`, `"withheld":["body"],"scenario_mode"`), "line 2.withheld", 400},
		"an unknown field":  {with(`"scenario_mode"`, `"speed":1,"scenario_mode"`), "line 2.speed", 400},
		"too many":          {exported(t, 1001), "", 400},
		"too large":         {strings.Repeat(" \n", 8<<20) + good, "", 413},
	} {
		t.Run(name, func(t *testing.T) {
			s, kept := importing(t, nil)
			a := s.importLines("application/jsonl", test.lines)
			if p := decode[api.Problem](t, a); a.status != test.status || p.Field != test.field {
				t.Errorf("%d %s, want %d about %q", a.status, a.body, test.status, test.field)
			}
			if len(kept.stored) > 0 {
				t.Errorf("%d recordings are stored", len(kept.stored))
			}
		})
	}
	s, _ := importing(t, nil)
	if a := s.importLines("text/csv", good); a.status != 415 {
		t.Errorf("CSV: %d %s", a.status, a.body)
	}
}

func TestAnImportSaysWhatCouldNotBeStored(t *testing.T) {
	id := uuid.MustParse("019cf0a1-7b3c-7def-8123-456789ab0000")
	for status, err := range map[int]error{
		422: &api.RejectedError{IDs: []uuid.UUID{id}, Err: errors.New("of contents: hunter2"), Cause: "too long"},
		503: fmt.Errorf("%w: hunter2", api.ErrUnavailable),
	} {
		s, _ := importing(t, err)
		a := s.importLines("application/jsonl", exported(t, 1))
		if a.status != status || strings.Contains(a.body, "hunter2") || status == 422 && !strings.Contains(a.body, id.String()) {
			t.Errorf("%d %s, want %d", a.status, a.body, status)
		}
	}
}
