package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func recordedLines(lines []recording.HeaderLine) (all []string) {
	for _, line := range lines {
		all = append(all, line.Name+": "+line.Value)
	}
	return all
}

// framed are the names of what each connection says for itself.
var framed = []string{"date", "connection", "transfer-encoding", "content-length", "trailer"}

func withoutFraming(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return slices.Contains(framed, strings.ToLower(name))
	})
}

func TestRecordingsHaveTheHeadersThatWereSent(t *testing.T) {
	faulty := inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos, Faults: []scenario.Fault{
		{Kind: scenario.FaultHeaders, SetHeaders: map[string]string{"X-Added": "1", "X-B": "changed"}},
	}}})
	healthy := latency(0)
	for name, test := range map[string]struct {
		under            change
		request, answer  string
		sent, got        []string
		trailers         recording.Values
		capturesNoAnswer bool
	}{
		"order, case and bytes": {
			healthy, "GET / HTTP/1.1\r\nx-b: 1\r\nX-A:Jos\xe9 \r\nhost: h\r\nX-b:\r\n\r\n", "HTTP/1.1 200 OK\r\nx-b: 1\r\nX-A: \xff\r\nX-b: 2\r\ncontent-length: 0\r\n\r\n",
			[]string{"x-b: 1", "X-A: Jos\xe9", "host: h", "X-b: "},
			[]string{"x-b: 1", "X-A: \xff", "X-b: 2", "content-length: 0"},
			nil, false,
		},
		"chunks, trailers and 1xx": {
			healthy, "POST / HTTP/1.1\r\nx-b: 1\r\nHost: h\r\nTRANSFER-encoding: chunked\r\ntrailer: x-end\r\nX-a: 2\r\n\r\n2\r\nhi\r\n0\r\nx-end: 1\r\n\r\n",
			"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nx-z: 1\r\ntransfer-encoding: chunked\r\nTRAILER: X-end\r\nX-a: 2\r\n\r\n2\r\nok\r\n0\r\nX-END: Jos\xe9\r\n\r\n",
			[]string{"x-b: 1", "Host: h", "X-a: 2"},
			[]string{"x-z: 1", "TRAILER: X-End", "X-a: 2"},
			recording.Values{"X-End": {"Jos\xe9"}},
			false,
		},
		"bare ends of lines, and a length that is repeated": {
			healthy, "POST / HTTP/1.1\r\nHost: h\r\ncontent-length: 2\r\nX-a: 1\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 200 OK\nx-b: 1\nX-a: 2\nContent-Length: 0\n\n",
			[]string{"Host: h", "content-length: 2", "X-a: 1"},
			[]string{"x-b: 1", "X-a: 2", "Content-Length: 0"},
			nil, false,
		},
		"what a fault changes and adds": {
			faulty, "GET / HTTP/1.1\r\nhost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nx-z: 1\r\nx-b: 1\r\nX-A: 2\r\ncontent-length: 0\r\n\r\n",
			[]string{"host: h"},
			[]string{"x-z: 1", "x-b: changed", "X-A: 2", "content-length: 0", "X-Added: 1"},
			nil, false,
		},
		"an injected error": {
			errorsWith(503), "GET / HTTP/1.1\r\nx-z: 1\r\nhost: h\r\n\r\n", "", []string{"x-z: 1", "host: h"}, nil, nil, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := speaking(t, test.answer)
			g := serve(t, url, test.under)
			request := strings.Replace(test.request, "\r\n", "\r\nConnection: close\r\n", 1)
			answer := raw(t, g, request)
			r := g.next(t)
			if diff := cmp.Diff(append([]string{"Connection: close"}, test.sent...), recordedLines(r.HeaderLines())); diff != "" {
				t.Errorf("of the request (-sent +recorded):\n%s", diff)
			}
			recorded := recordedLines(r.ResponseHeaderLines())
			ours := func(line string) bool {
				return strings.HasPrefix(line, "X-Mockforge-Fault") || line == "Connection: close"
			}
			if diff := cmp.Diff(test.got, slices.DeleteFunc(slices.Clone(recorded), ours)); diff != "" && !test.capturesNoAnswer {
				t.Errorf("of the answer (-want +recorded):\n%s", diff)
			}
			if diff := cmp.Diff(test.trailers, r.ResponseTrailers); diff != "" && len(r.ResponseTrailers)+len(test.trailers) > 0 {
				t.Errorf("trailers:\n%s", diff)
			}
			_, final, _ := strings.Cut(answer, "103 Early Hints\r\n")
			if _, behind, informed := strings.Cut(final, "\r\n\r\n"); informed {
				answer = behind
			}
			head, _, _ := strings.Cut(answer, "\r\n\r\n")
			client := strings.Split(head, "\r\n")[1:]
			if diff := cmp.Diff(withoutFraming(client), withoutFraming(recorded)); diff != "" {
				t.Errorf("(-what the client got +recorded):\n%s", diff)
			}
		})
	}
}

func TestRecordingsOfHTTP2HaveTheBytesOfHeaders(t *testing.T) {
	s := upstream(t, func(w http.ResponseWriter, _ *http.Request) { w.Header()["X-Name"] = []string{"Jos\xe9", "José"} })
	g := serve(t, s.URL)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"X-Name": {"Jos\xe9", "José"}, "Accept": {"*/*"}, "User-Agent": {"me"}}
	answer, err := client(t, true).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	r := g.next(t)
	if diff := cmp.Diff([]string{"accept: */*", "user-agent: me", "x-name: Jos\xe9", "x-name: José"}, recordedLines(r.HeaderLines())); diff != "" {
		t.Error(diff)
	}
	if lines := recordedLines(r.ResponseHeaderLines()); !slices.Contains(lines, "x-name: Jos\xe9") || !slices.Contains(lines, "x-name: José") {
		t.Errorf("%q", lines)
	}
	if !r.HeaderForm.KnowsBytes(r.HeaderLines()) || !r.ResponseHeaderForm.KnowsBytes(r.ResponseHeaderLines()) {
		t.Error("the bytes are not known")
	}
}
