package remote_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// asked keeps the filter that the control API understood.
type asked struct {
	api.RecordingSums
	filter *recording.Filter
}

func (a asked) Values(_ context.Context, filter recording.Filter, _ string, _ int) ([]recording.Count, error) {
	*a.filter = filter
	return nil, nil
}

// FuzzFilters: a filter arrives as it was sent, whatever is in it.
func FuzzFilters(f *testing.F) {
	f.Add(`{}`)
	f.Add(`{"from":"2026-03-01T12:00:00.123456Z","statuses":["5xx","none"],"injected":false,"min_duration_ms":1.5,"path":"/a b&c=d"}`)
	f.Add(`{"headers":{"x.y":"1","X-Request-Id":"*"},"text":"ü \" & %","not":{"routes":["/a","/b"],"headers":{"x":"y.z"},"failures":true}}`)
	f.Add(`{"consumers":["","a,b"],"failed_by":["client"],"trace_id":"0af7651916cd43dd8448eb211c80319c"}`)
	var got recording.Filter
	server := httptest.NewServer(api.New(api.Options{Sums: asked{filter: &got}}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, text string) {
		var filter recording.Filter
		if json.Unmarshal([]byte(text), &filter) != nil || filter.Validate() != nil {
			return
		}
		got = recording.Filter{}
		if _, err := newRemote(t, server.URL, "").Values(t.Context(), filter, "routes", 1); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(filled(filter), filled(got)); diff != "" {
			t.Errorf("%s (-sent +understood):\n%s", text, diff)
		}
	})
}

// filled drops what is empty, as JSON does, and zones of time.
func filled(filter recording.Filter) map[string]any {
	for _, at := range []**time.Time{&filter.From, &filter.To} {
		if *at != nil {
			*at = new((*at).UTC())
		}
	}
	encoded, err := json.Marshal(filter)
	if err != nil {
		panic(err)
	}
	var object map[string]any
	if err := json.Unmarshal(encoded, &object); err != nil {
		panic(err)
	}
	if not, ok := object["not"].(map[string]any); ok && len(not) == 0 {
		delete(object, "not")
	}
	return object
}
