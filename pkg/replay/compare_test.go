package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func body(s string) recording.Body { return recording.Body{Content: []byte(s), Size: int64(len(s))} }

func gzipped(t *testing.T, s string) recording.Body {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body(b.String())
}

func compareTexts(before, after string, options CompareOptions) Diff {
	return Compare(recording.Recording{ResponseStatus: 200, ResponseBody: body(before)}, Result{Status: 200, Body: body(after)}, options)
}

func TestCompareTellsStatusAndHeaders(t *testing.T) {
	d := Compare(
		recording.Recording{
			ResponseStatus: 200, ResponseHeaders: recording.Values{
				"content-type": {"text/plain"}, "Date": {"yesterday"}, "X-Old": {"1"}, "X-Same": {"1", "2"}, "Set-Cookie": {recording.Mask}, "X-MockForge-Fault": {"latency"},
			},
			ResponseTrailers: recording.Values{"X-Checksum": {"1"}},
		},
		Result{Status: 500, Headers: recording.Values{
			"Content-Type": {"text/html"}, "Date": {"today"}, "X-New": {"1"}, "X-Same": {"1", "2"}, "Set-Cookie": {"a=b"}, "Connection": {"close"},
		}},
		CompareOptions{})
	want := Diff{
		Status: &StatusChange{Before: 200, After: 500},
		Headers: []Change{
			{Path: "Content-Type", Kind: Changed, Before: text("text/plain"), After: text("text/html")},
			{Path: "X-New", Kind: Added, After: text("1")},
			{Path: "X-Old", Kind: Removed, Before: text("1")},
		},
		Trailers: []Change{{Path: "X-Checksum", Kind: Removed, Before: text("1")}},
		Body:     BodyDiff{Equal: true},
		Notes:    []string{},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
}

func TestCompareTellsDifferencesOfJSON(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		ignore              []string
		want                []Change
	}{
		{"order of keys and spaces", `{"a":1,"b":[1,2]}`, ` { "b": [1.0,2], "a": 1e0 } `, nil, nil},
		{"changed", `{"a":1}`, `{"a":2}`, nil, []Change{{"$.a", Changed, raw("1"), raw("2")}}},
		{"added and removed", `{"a":{"x":1}}`, `{"b":[true]}`, nil, []Change{{"$.a", Removed, raw(`{"x":1}`), nil}, {"$.b", Added, nil, raw("[true]")}}},
		{"type", `{"a":"1"}`, `{"a":1}`, nil, []Change{{"$.a", Type, raw(`"1"`), raw("1")}}},
		{"null is a type", `{"a":null}`, `{"a":1}`, nil, []Change{{"$.a", Type, raw("null"), raw("1")}}},
		{"null and absent", `{"a":null}`, `{}`, nil, []Change{{"$.a", Removed, raw("null"), nil}}},
		{"root", `{}`, `[]`, nil, []Change{{"$", Type, raw("{}"), raw("[]")}}},
		{"arrays by index", `[{"id":1},{"id":2}]`, `[{"id":1},{"id":3},4]`, nil, []Change{{"$[1].id", Changed, raw("2"), raw("3")}, {"$[2]", Added, nil, raw("4")}}},
		{"odd keys", `{"a b":{"":1}}`, `{"a b":{"":2}}`, nil, []Change{{`$["a b"][""]`, Changed, raw("1"), raw("2")}}},
		{"large numbers", `{"a":9007199254740993}`, `{"a":9007199254740992}`, nil, []Change{{"$.a", Changed, raw("9007199254740993"), raw("9007199254740992")}}},
		{
			"ignored", `{"items":[{"id":1,"at":1},{"id":2,"at":1}],"at":1,"m":{"k":1}}`, `{"items":[{"id":7,"at":2},{"id":2}],"at":2,"m":{"k":2,"l":1}}`,
			[]string{"items[*].id", "**.at", "$.m"},
			nil,
		},
		{"ignored by JSONPath", `{"items":[{"id":1},{"id":2,"x":{"at":1}}],"last":[1,2]}`, `{"items":[{"id":3},{"id":2,"x":{"at":2}}],"last":[1,3,4]}`, []string{"$..at", "$.last[-1]", "$.last[1]"}, []Change{{"$.items[0].id", Changed, raw("1"), raw("3")}}},
		{"ignored with all below", `{"a":{"b":1},"c":1}`, `{"a":[],"c":2}`, []string{"a.**"}, []Change{{"$.c", Changed, raw("1"), raw("2")}}},
		{"ignored at one index", `[1,2]`, `[3,4]`, []string{"$[0]"}, []Change{{"$[1]", Changed, raw("2"), raw("4")}}},
		{"redacted", `{"token":"[redacted]","note":"card [redacted] ok","a":1}`, `{"token":{"deep":1},"note":"card 4111 ok","a":1}`, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := CompareOptions{IgnoreFields: tt.ignore}
			if err := options.Validate(); err != nil {
				t.Fatal(err)
			}
			d := compareTexts(tt.before, tt.after, options)
			if diff := cmp.Diff(tt.want, d.Body.Changes); diff != "" {
				t.Error(diff)
			}
			if d.Body.Format != "json" || d.Equal != (tt.want == nil) {
				t.Errorf("format %q, equal %v", d.Body.Format, d.Equal)
			}
		})
	}
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func TestCompareTellsLinesOfText(t *testing.T) {
	d := compareTexts("1\n2\n3\n4\n5\n6\n7\nold\n9", "1\n2\n3\n4\n5\n6\n7\nnew\nnewer\n9", CompareOptions{})
	want := []Line{
		{"", 5, 5, "5"}, {"", 6, 6, "6"}, {"", 7, 7, "7"}, {"removed", 8, 0, "old"}, {"added", 0, 8, "new"}, {"added", 0, 9, "newer"}, {"", 9, 10, "9"},
	}
	if diff := cmp.Diff(want, d.Body.Lines); diff != "" {
		t.Error(diff)
	}
	if d.Body.Format != "text" || d.Equal {
		t.Errorf("got %+v", d.Body)
	}
	if d := compareTexts("a\nkey=[redacted];\nb\nc [redacted]", "a\nkey=1234;\nb\nc 5", CompareOptions{}); !d.Equal {
		t.Errorf("redacted parts are told as differences: %+v", d.Body)
	}
}

func TestCompareReadsBodiesThatAreCompressed(t *testing.T) {
	redactor, err := recording.NewRedactor(recording.DefaultRedaction())
	if err != nil {
		t.Fatal(err)
	}
	recorded := recording.Recording{
		Protocol: recording.HTTP, Gateway: "shop", Method: "GET", Path: "/", ResponseStatus: 200,
		ResponseHeaders: recording.Values{"Content-Encoding": {"gzip"}}, ResponseBody: gzipped(t, `{"a":1,"token":"x"}`),
	}
	redactor.Redact(&recorded)
	p, _ := upstream(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header()["Content-Type"] = nil
		_, _ = w.Write(gzipped(t, `{"a":2,"token":"y"}`).Content)
	})
	result, err := p.Replay(t.Context(), recorded, Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	d := Compare(recorded, result, CompareOptions{})
	if diff := cmp.Diff([]Change{{"$.a", Changed, raw("1"), raw("2")}}, d.Body.Changes); diff != "" {
		t.Error(diff)
	}
}

func TestCompareHoldsBinaryBodiesBySizeAndHash(t *testing.T) {
	d := compareTexts("\x00\x01", "\x00\x02", CompareOptions{})
	if d.Body.Format != "binary" || d.Equal || d.Body.Before.SHA256 == d.Body.After.SHA256 || d.Body.Before.Size != 2 {
		t.Errorf("got %+v", d.Body)
	}
	if d := compareTexts("\x00\x01", "\x00\x01", CompareOptions{}); !d.Equal {
		t.Errorf("got %+v", d.Body)
	}
}

func TestCompareSaysWhatWasNotCompared(t *testing.T) {
	cut := recording.Body{Content: []byte("line 1\nline"), Size: 1000, Truncated: true}
	d := Compare(
		recording.Recording{ResponseStatus: 503, ResponseBody: cut, Faults: []recording.Fault{{Kind: "error"}}},
		Result{Status: 503, Body: body("line 1\nline 2\n"), Notes: []string{"A note of the replay."}}, CompareOptions{})
	if !d.Body.Equal {
		t.Errorf("got %+v", d.Body)
	}
	want := []string{
		"A note of the replay.",
		"Faults were injected into the recorded exchange (error); the replay has none.",
		"A body was not captured whole; only what both have is compared.",
	}
	if diff := cmp.Diff(want, d.Notes); diff != "" {
		t.Error(diff)
	}
	if d := Compare(recording.Recording{ResponseStatus: 200, ResponseBody: cut}, Result{Status: 200, Body: body("line 1")}, CompareOptions{}); d.Equal {
		t.Error("a body that was cut off after more than the whole other body is said to be equal")
	}
}

func TestCompareTellsNoMoreThanItMay(t *testing.T) {
	d := compareTexts("["+strings.Repeat("1,", 5000)+"1]", "["+strings.Repeat("2,", 5000)+"2]", CompareOptions{})
	if len(d.Body.Changes) != maxChanges || !d.Body.More || d.Equal {
		t.Errorf("%d changes, more %v", len(d.Body.Changes), d.Body.More)
	}
	d = compareTexts(strings.Repeat("a\n", 5000), strings.Repeat("b\n", 5000), CompareOptions{})
	if len(d.Body.Lines) > 2*maxChanges || !d.Body.More || d.Equal {
		t.Errorf("%d lines, more %v", len(d.Body.Lines), d.Body.More)
	}
	d = compareTexts(`{"a":"`+strings.Repeat("x", 10_000)+`"}`, `{"a":1}`, CompareOptions{})
	if n := len(d.Body.Changes[0].Before); n > maxValue+100 {
		t.Errorf("a value of %d bytes is shown", n)
	}
	deep := strings.Repeat(`[`, 5000)
	compareTexts(deep+"1"+strings.Repeat(`]`, 5000), deep+"2"+strings.Repeat(`]`, 5000), CompareOptions{IgnoreFields: []string{"**.a"}})
}

func TestCompareOptionsRefuseWrongFields(t *testing.T) {
	for _, field := range []string{"", "$", "a..b", "a[", "a[x]", "a['b]", "a[-1]", strings.Repeat("a", 513)} {
		err := CompareOptions{IgnoreFields: []string{"fine", field}}.Validate()
		if all := validation.All(err); len(all) != 1 || all[0].Field != "ignore_fields[1]" {
			t.Errorf("%q: got %v", field, err)
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add(`{"a":[1,{"b":null}]}`, `{"a":[2,{"b":"[redacted]"}]}`, "**.b", false)
	f.Add("line\n[redacted]x[redacted]\n", "line\nyxz\n", "a[*]", true)
	f.Add("\x1f\x8b\x08", "\xff\x00", "", true)
	f.Fuzz(func(t *testing.T, before, after, field string, truncated bool) {
		recorded := recording.Recording{ResponseBody: body(before), ResponseHeaders: recording.Values{"Content-Encoding": {"gzip"}}}
		recorded.ResponseBody.Truncated = truncated
		options := CompareOptions{IgnoreFields: []string{field}}
		d := Compare(recorded, Result{Body: body(after)}, options)
		if _, err := json.Marshal(d); err != nil {
			t.Fatal(err)
		}
		recorded.ResponseHeaders = nil
		if d := Compare(recorded, Result{Body: recorded.ResponseBody}, options); !d.Equal {
			t.Fatalf("%q is said to differ from itself: %+v", before, d)
		}
	})
}

func FuzzParsePattern(f *testing.F) {
	f.Add("$.items[*].id")
	f.Add("**.**['odd key'][0]")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parseIgnored(s); err == nil {
			document := map[string]any{"items": []any{nil, map[string]any{"id": 1}}}
			at := ignoringAt([]*fieldpath.Path{p}, document, document)
			at.member("items", document["items"], document["items"]).element(1, document["items"].([]any), nil).member("id", 1, nil).here()
		}
	})
}
