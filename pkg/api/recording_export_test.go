package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// scanned are recordings that come from a function.
type scanned struct {
	figures
	scan func(filter recording.Filter, limit int) iter.Seq2[recording.Recording, error]
}

func (s scanned) Scan(_ context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error] {
	return s.scan(filter, limit)
}

func exporting(t *testing.T, scan func(recording.Filter, int) iter.Seq2[recording.Recording, error]) *server {
	return newServer(t, func(o *api.Options) { o.Recordings = scanned{scan: scan} })
}

func TestAnExportIsAFileOfTheFilter(t *testing.T) {
	var filter recording.Filter
	var limit int
	s := exporting(t, func(f recording.Filter, n int) iter.Seq2[recording.Recording, error] {
		filter, limit = f, n
		return figures{}.Scan(t.Context(), f, n)
	})
	for format, want := range map[string]struct{ mediaType, extension, begin string }{
		"har":   {"application/json", "har", `{"log":{"version":"1.2"`},
		"jsonl": {"application/jsonl", "jsonl", `{"id":"` + recordingID.String()},
		"csv":   {"text/csv; charset=utf-8", "csv", "id,timestamp,"},

		"openapi": {"application/vnd.oai.openapi+json", "openapi.json", "{\n  \"openapi\": \"3.1.0\""},
		"k6":      {"text/javascript; charset=utf-8", "js", "import http from 'k6/http';"},
		"curl":    {"application/x-sh", "sh", "#!/bin/sh\n"},
		"mocks":   {"application/yaml", "yaml", "# Answers"},
	} {
		a := s.send("GET", "/recordings/export?methods=GET&methods=POST&limit=7&format="+format, "")
		if a.status != http.StatusOK || a.header.Get("Content-Type") != want.mediaType || !strings.HasPrefix(a.body, want.begin) {
			t.Errorf("%s: %d %s %.100s", format, a.status, a.header.Get("Content-Type"), a.body)
		}
		if got := a.header.Get("Content-Disposition"); got != `attachment; filename="mockforge-recordings-20260314T150926Z.`+want.extension+`"` {
			t.Errorf("%s: %s", format, got)
		}
		if len(filter.Methods) != 2 || limit != 7 {
			t.Errorf("%s: the filter is %+v, the limit %d", format, filter, limit)
		}
	}
	if s.send("GET", "/recordings/export?format=csv", ""); limit != 10_000 {
		t.Errorf("without a limit it is %d", limit)
	}
}

func TestLearnedFormsLeaveOutWhatWasInjectedUnlessAsked(t *testing.T) {
	var filter recording.Filter
	s := exporting(t, func(f recording.Filter, n int) iter.Seq2[recording.Recording, error] {
		filter = f
		return figures{}.Scan(t.Context(), f, n)
	})
	for query, want := range map[string]string{
		"format=openapi": "false", "format=mocks": "false", "format=openapi&injected=true": "true", "format=k6": "any", "format=har": "any", "format=curl&injected=false": "false",
	} {
		s.send("GET", "/recordings/export?"+query, "")
		got := "any"
		if filter.Injected != nil {
			got = fmt.Sprint(*filter.Injected)
		}
		if got != want {
			t.Errorf("%s takes injected %s, want %s", query, got, want)
		}
	}
}

func TestOneRecordingIsExportedByItself(t *testing.T) {
	s := newServer(t, nil)
	a := s.send("GET", "/recordings/"+recordingID.String()+"/export?format=curl", "")
	if a.status != http.StatusOK || !strings.Contains(a.body, "# "+recordingID.String()+" of 2026-03-14T15:09:26Z, answered with 200\n") ||
		a.header.Get("Content-Disposition") != `attachment; filename="mockforge-recording-`+recordingID.String()+`.sh"` {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	for target, status := range map[string]int{
		"/recordings/7/export?format=curl": 400, "/recordings/" + recordingID.String() + "/export?format=curl&limit=1": 400,
		"/recordings/" + recordingID.String() + "/nothing": 404,
	} {
		if a := s.send("GET", target, ""); a.status != status || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
}

func TestABadExportNamesTheParameter(t *testing.T) {
	s := newServer(t, nil)
	for query, field := range map[string]string{
		"": "format", "format=xml": "format", "format=har&format=csv": "format", "format=har&limit=0": "limit", "format=har&limit=100001": "limit",
		"format=har&limit=many": "limit", "format=har&speed=1": "speed", "format=har&statuses=abc": "statuses[0]", "format=har&injected=perhaps": "injected",
	} {
		a := s.send("GET", "/recordings/export?"+query, "")
		if p := decode[api.Problem](t, a); a.status != http.StatusBadRequest || p.Field != field {
			t.Errorf("%q: %d %s", query, a.status, a.body)
		}
		if a.header.Get("Content-Disposition") != "" {
			t.Errorf("%q: a problem is no file", query)
		}
	}
}

func TestAnExportIsSentAsItIsRead(t *testing.T) {
	received := make(chan struct{})
	s := exporting(t, func(recording.Filter, int) iter.Seq2[recording.Recording, error] {
		return func(yield func(recording.Recording, error) bool) {
			r := exampleRecording()
			r.Body.Content = []byte(strings.Repeat("x", 200_000))
			if !yield(r, nil) {
				return
			}
			<-received // the second is read only once the client has the first
			yield(r, nil)
		}
	})
	server := httptest.NewServer(s)
	defer server.Close()
	response, err := http.Get(server.URL + "/recordings/export?format=jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, 150_000)
	reader := bufio.NewReader(response.Body)
	if _, err := reader.Read(first); err != nil {
		t.Fatal(err)
	}
	close(received)
	lines := bufio.NewScanner(reader)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
	}
	if lines.Err() != nil || n != 2 {
		t.Errorf("%d lines, %v", n, lines.Err())
	}
}

func TestAnExportThatFailsAtOnceIsAProblem(t *testing.T) {
	s := exporting(t, func(recording.Filter, int) iter.Seq2[recording.Recording, error] {
		return failing{fmt.Errorf("%w: hunter2", api.ErrUnavailable)}.Scan(t.Context(), recording.Filter{}, 1)
	})
	a := s.send("GET", "/recordings/export?format=har", "")
	if a.status != http.StatusServiceUnavailable || a.header.Get("Content-Type") != "application/problem+json" || a.header.Get("Content-Disposition") != "" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}

func TestAnExportThatFailsHalfwayDoesNotLookComplete(t *testing.T) {
	s := exporting(t, func(recording.Filter, int) iter.Seq2[recording.Recording, error] {
		return func(yield func(recording.Recording, error) bool) {
			for range 2 {
				if !yield(exampleRecording(), nil) {
					return
				}
			}
			yield(recording.Recording{}, errors.New("hunter2"))
		}
	})
	for format, last := range map[string]string{
		"jsonl": `{"error":"The export ended early: it is not complete."}`,
		"csv":   "error,The export ended early: it is not complete.",
		"curl":  "exit 1",
		"mocks": "# The export ended early: it is not complete.",
	} {
		a := s.send("GET", "/recordings/export?format="+format, "")
		lines := strings.Split(strings.TrimSpace(a.body), "\n")
		if got := strings.TrimSpace(lines[len(lines)-1]); got != last || strings.Contains(a.body, "hunter2") {
			t.Errorf("%s ends with %s", format, got)
		}
	}
	if a := s.send("GET", "/recordings/export?format=har", ""); json.Valid([]byte(a.body)) {
		t.Errorf("the HAR looks complete: %s", a.body)
	}
}
