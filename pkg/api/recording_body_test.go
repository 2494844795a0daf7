package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// one is a flight recorder with one recording.
type one struct {
	figures
	recording recording.Recording
}

func (o one) Get(context.Context, uuid.UUID) (recording.Recording, error) { return o.recording, nil }

func withRecording(t *testing.T, r recording.Recording) *server {
	return newServer(t, func(o *api.Options) { o.Recordings = one{recording: r} })
}

func (s *server) body(part, byteRange string) answer {
	r := httptest.NewRequest("GET", "/recordings/"+recordingID.String()+"/body?part="+part, nil)
	if byteRange != "" {
		r.Header.Set("Range", byteRange)
	}
	return s.serve(r)
}

func TestABodyIsReadInRanges(t *testing.T) {
	s := withRecording(t, recording.Recording{
		Body:         recording.Body{Content: []byte("asked")},
		ResponseBody: recording.Body{Content: []byte("0123456789")},
		Messages:     []recording.Message{{Kind: "text", Body: recording.Body{Content: []byte("hello")}}},
	})
	for name, test := range map[string]struct {
		part, byteRange    string
		status             int
		body, contentRange string
	}{
		"whole":              {"response", "", 200, "0123456789", ""},
		"the request":        {"request", "", 200, "asked", ""},
		"a message":          {"message:0", "bytes=1-2", 206, "el", "bytes 1-2/5"},
		"first bytes":        {"response", "bytes=0-3", 206, "0123", "bytes 0-3/10"},
		"from a place on":    {"response", "bytes=8-", 206, "89", "bytes 8-9/10"},
		"the last bytes":     {"response", "bytes=-3", 206, "789", "bytes 7-9/10"},
		"more than there":    {"response", "bytes=5-99", 206, "56789", "bytes 5-9/10"},
		"several: all":       {"response", "bytes=0-0,2-2", 200, "0123456789", ""},
		"beyond the end":     {"response", "bytes=10-", 416, "", "bytes */10"},
		"not a range at all": {"response", "bytes=a-b", 416, "", ""},
	} {
		a := s.body(test.part, test.byteRange)
		if a.status != test.status || a.header.Get("Content-Range") != test.contentRange {
			t.Errorf("%s: %d with %q", name, a.status, a.header.Get("Content-Range"))
		}
		if test.status == http.StatusRequestedRangeNotSatisfiable {
			if p := decode[api.Problem](t, a); p.Status != test.status || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %s", name, a.body)
			}
		} else if a.body != test.body || a.header.Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s: %q", name, a.body)
		}
	}
}

// What was recorded may be a page of someone who wishes no good: a browser must not run it in the name of Grafana.
func TestABrowserDoesNotRunWhatWasRecorded(t *testing.T) {
	for mediaType, test := range map[string]struct {
		want  string
		shown bool
	}{
		"text/html; charset=utf-8": {"text/html; charset=utf-8", false},
		"image/svg+xml":            {"image/svg+xml", false},
		"image/png":                {"image/png", true},
		"IMAGE/JPEG":               {"image/jpeg", true},
		"image/png; a=\"\x01":      {"application/octet-stream", false},
		"":                         {"application/octet-stream", false},
		"nonsense":                 {"application/octet-stream", false},
	} {
		a := withRecording(t, recording.Recording{
			ResponseHeaders: recording.Values{"Content-Type": {mediaType}}, ResponseBody: recording.Body{Content: []byte("<script>")},
		}).body("response", "")
		if got := a.header.Get("Content-Type"); a.status != 200 || got != test.want {
			t.Errorf("%q: %d, %q, want %q", mediaType, a.status, got, test.want)
		}
		if shown := !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment"); shown != test.shown {
			t.Errorf("%q is shown: %v", mediaType, shown)
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%q: %v", mediaType, a.header)
		}
	}
}
