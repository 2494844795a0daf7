package exchange_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// A request is described alike where it is received, and where it is sent.
func TestParametersAreThoseOfTheQueryAsItWasSent(t *testing.T) {
	for target, want := range map[string]recording.Values{
		"/a":                       nil,
		"/a?":                      nil,
		"/a?b=2&a=1&b=3":           {"a": {"1"}, "b": {"2", "3"}},
		"/a?flag":                  {"flag": {""}},
		"/a?a=1;b=2":               {"a": {"1;b=2"}},
		"/a?pct=100%&k=v":          {"pct": {"100%"}, "k": {"v"}},
		"/a?%zz=%2&x+y=%20%2B":     {"%zz": {"%2"}, "x y": {" +"}},
		"/a?x=%FF":                 {"x": {"\xff"}},
		"/a?u=http://h/?c=d;e=f%%": {"u": {"http://h/?c=d;e=f%%"}},
	} {
		received, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		sent := httptest.NewRequest("GET", "http://h"+target, nil)
		sent.RequestURI = ""
		for _, r := range []*http.Request{received, sent} {
			var got recording.Values
			x := begun(t, terms(t, healthy(), func(rec *recording.Recording, _ bool) { got = rec.QueryParams }))
			x.Describe(r)
			x.Answered()
			x.Finish(x.Start, func(*recording.Recording) {})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", target, diff)
			}
		}
	}
}
