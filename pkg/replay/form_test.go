package replay

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// answeredWith returns a recording of an answer with headers as they were sent; old ones have text only.
func answeredWith(old bool, lines ...recording.HeaderLine) recording.Recording {
	r := recording.Recording{Protocol: recording.HTTP, ResponseStatus: 200, ResponseHeaders: recording.Values(headerOf(lines))}
	if old {
		r.ResponseHeaders = r.ResponseHeaders.AsText()
		return r
	}
	var names []string
	for _, line := range lines {
		names = append(names, line.Name)
	}
	r.KeepResponseHeaderForm(names)
	r.ResponseHeaders = r.ResponseHeaders.AsText() // as it is stored
	return r
}

func TestHeadersAreComparedAsTheBytesThatTheyAre(t *testing.T) {
	for name, test := range map[string]struct {
		old      bool
		recorded []recording.HeaderLine
		replayed recording.Values
		want     []Change
	}{
		"the same bytes":         {false, []recording.HeaderLine{{Name: "x-name", Value: "Jos\xe9"}}, recording.Values{"X-Name": {"Jos\xe9"}}, nil},
		"UTF-8":                  {false, []recording.HeaderLine{{Name: "x-name", Value: "José"}}, recording.Values{"X-Name": {"José"}}, nil},
		"UTF-8 instead of bytes": {false, []recording.HeaderLine{{Name: "x-name", Value: "Jos\xe9"}}, recording.Values{"X-Name": {"José"}}, []Change{{"X-Name", Changed, raw(`"Jos\\xe9"`), raw(`"José"`)}}},
		"bytes instead of UTF-8": {false, []recording.HeaderLine{{Name: "X-Name", Value: "José"}}, recording.Values{"X-Name": {"Jos\xe9"}}, []Change{{"X-Name", Changed, raw(`"José"`), raw(`"Jos\\xe9"`)}}},
		"an earlier recording":   {true, []recording.HeaderLine{{Name: "X-Name", Value: "Jos\xe9"}}, recording.Values{"X-Name": {"Jos\xe9"}}, nil},
		"the order of names":     {false, []recording.HeaderLine{{Name: "x-b", Value: "1"}, {Name: "X-A", Value: "2"}}, recording.Values{"X-A": {"2"}, "X-B": {"1"}}, nil},
		"the order of values": {
			false, []recording.HeaderLine{{Name: "x-b", Value: "1"}, {Name: "X-B", Value: "2"}}, recording.Values{"X-B": {"2", "1"}}, []Change{{"X-B", Changed, raw(`"1, 2"`), raw(`"2, 1"`)}},
		},
		"masked":  {false, []recording.HeaderLine{{Name: "x-b", Value: recording.Mask}}, recording.Values{"X-B": {"\xff"}}, nil},
		"added":   {false, nil, recording.Values{"X-B": {"\xff", "é"}}, []Change{{"X-B", Added, nil, raw(`"\\xff, é"`)}}},
		"removed": {false, []recording.HeaderLine{{Name: "x-b", Value: "\xff"}}, nil, []Change{{"X-B", Removed, raw(`"\\xff"`), nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := Compare(answeredWith(test.old, test.recorded...), Result{Status: 200, Headers: test.replayed}, CompareOptions{})
			if diff := cmp.Diff(test.want, d.Headers); diff != "" && len(test.want)+len(d.Headers) > 0 {
				t.Error(diff)
			}
		})
	}
}

func TestTrailersAreComparedAsText(t *testing.T) {
	r := recording.Recording{ResponseStatus: 200, ResponseTrailers: recording.Values{"X-End": {"José"}}}
	if d := Compare(r, Result{Status: 200, Trailers: recording.Values{"X-End": {"Jos\xe9"}}}, CompareOptions{}); !d.Equal {
		t.Errorf("%+v", d)
	}
}

func TestAReplayTellsItsTransportTheForm(t *testing.T) {
	r := recording.Recording{
		Protocol: recording.HTTP, Gateway: "shop", Method: "GET", Path: "/", Host: "h", HTTPVersion: "HTTP/1.1",
		Headers: recording.Values{"X-B": {"1", "2"}, "X-A": {"José"}}, HeaderForm: "x-b X-A:Sm9z6Q== host X-b",
	}
	var got []recording.HeaderLine
	transport := roundTrip(func(request *http.Request) (*http.Response, error) {
		got = FormOf(request.Context())
		if !slices.Equal(request.Header["X-A"], []string{"Jos\xe9"}) {
			t.Errorf("X-A is %q", request.Header["X-A"])
		}
		return nil, http.ErrHandlerTimeout
	})
	p, err := New(TargetsFunc(func(context.Context, string, string) (Target, error) {
		return Target{BaseURL: "http://upstream", Transport: transport}, nil
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Replay(t.Context(), r, Overrides{}); err != nil {
		t.Fatal(err)
	}
	want := []recording.HeaderLine{{Name: "x-b", Value: "1"}, {Name: "X-A", Value: "Jos\xe9"}, {Name: "host", Value: "h"}, {Name: "X-b", Value: "2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.HTTPVersion = "HTTP/2.0"
	if _, err := p.Replay(t.Context(), r, Overrides{}); err != nil || got != nil {
		t.Errorf("of HTTP/2 there is the form %v (%v)", got, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
