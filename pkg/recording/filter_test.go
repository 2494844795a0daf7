package recording

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestABadFilterIsRefusedByName(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	negative, nan, high, low := -1.0, math.NaN(), 9.0, 1.0
	for want, f := range map[string]Filter{
		"":                {From: &early, To: &late, Protocols: []Protocol{HTTP}, Statuses: []string{"5xx", "200", "400-499", "None"}, Path: "/a/{id}/**", MinDurationMS: &low, MaxDurationMS: &high},
		"from":            {From: &late, To: &early},
		"protocols[1]":    {Protocols: []Protocol{GRPC, "ftp"}},
		"statuses[0]":     {Statuses: []string{"0xx"}},
		"statuses[1]":     {Statuses: []string{"5xx", "99"}},
		"statuses[2]":     {Statuses: []string{"5xx", "200", "499-400"}},
		"methods":         {Methods: make([]string, 101)},
		"gateways[0]":     {Gateways: []string{"a\x00"}},
		"tags[0]":         {Tags: []string{strings.Repeat("x", 1025)}},
		"consumers[0]":    {Consumers: []string{"\xff"}},
		"path":            {Path: strings.Repeat("*/", 33)},
		"text":            {Text: "\x00"},
		"trace_id":        {TraceID: "0af7"},
		"rules[0]":        {Rules: []string{"\x00"}},
		"headers":         {Headers: manyHeaders()},
		"headers.":        {Headers: map[string]string{"": "x"}},
		"headers.a b":     {Headers: map[string]string{"a b": "x"}},
		"headers.X-A":     {Headers: map[string]string{"X-A": "\xff"}},
		"not.statuses[0]": {Not: &Filter{Statuses: []string{"6"}}},
		"not.not":         {Not: &Filter{Not: &Filter{}}},
		"min_duration_ms": {MinDurationMS: &high, MaxDurationMS: &low},
		"max_duration_ms": {MaxDurationMS: &nan},
	} {
		var fields []string
		for _, e := range validation.All(f.Validate()) {
			fields = append(fields, e.Field)
		}
		if got := strings.Join(fields, " "); got != want {
			t.Errorf("the error names %q, want %q", got, want)
		}
	}
	for _, q := range []Query{{Limit: -1}, {Limit: 1001}} {
		if all := validation.All(q.Validate()); len(all) != 1 || all[0].Field != "limit" {
			t.Errorf("limit %d: %v", q.Limit, all)
		}
	}
	f := Filter{MinDurationMS: &negative}
	if all := validation.All(f.Validate()); len(all) != 1 || all[0].Field != "min_duration_ms" {
		t.Errorf("%v", all)
	}
}

func manyHeaders() map[string]string {
	many := map[string]string{}
	for i := range 21 {
		many[fmt.Sprint("x-", i)] = AnyValue
	}
	return many
}

func TestTextOfABody(t *testing.T) {
	for name, test := range map[string]struct {
		body Body
		want string
		ok   bool
	}{
		"empty":        {Body{}, "", true},
		"text":         {Body{Content: []byte("é")}, "é", true},
		"NUL":          {Body{Content: []byte("a\x00")}, "", false},
		"binary":       {Body{Content: []byte("a\xff")}, "", false},
		"cut in two":   {Body{Content: []byte("a\xe2\x82"), Truncated: true}, "a", true},
		"cut between":  {Body{Content: []byte("a€"), Truncated: true}, "a€", true},
		"broken whole": {Body{Content: []byte("a\xe2\x82")}, "", false},
		"only a part":  {Body{Content: []byte("\xe2"), Truncated: true}, "", true},
	} {
		if got, ok := test.body.Text(); got != test.want || ok != test.ok {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
}

func FuzzCursor(f *testing.F) {
	good := Cursor{Timestamp: time.UnixMicro(1_700_000_000_123_456).UTC(), ID: uuid.Max}
	f.Add(good.String())
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err != nil {
			return
		}
		again, err := ParseCursor(c.String())
		if diff := cmp.Diff(c, again); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	for _, text := range []string{"503", "5xx", "400-499", "none", "9xx", "100-99", "-", "+12", "1 2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseStatus(text)
		if err == nil && (r.From > r.To || r.From < 0 || r.To > 999) {
			t.Errorf("%q is %+v", text, r)
		}
	})
}

func FuzzPathPattern(f *testing.F) {
	for _, path := range []string{"/a/*", "/{id}/**", "{", "}{", "***", "/a{b", "\\*", "é*"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		filter := Filter{Path: path}
		if filter.Validate() != nil {
			return
		}
		if pattern, err := filter.PathPattern(); pattern != nil {
			plain, _ := pattern.Regexps()
			if _, err := regexp.Compile(plain); err != nil {
				t.Errorf("%q gives %q: %v", path, pattern, err)
			}
		} else if err != nil {
			t.Errorf("%q is valid, and gives %v", path, err)
		}
		filter.Matches(&Recording{Path: path})
	})
}

// FuzzFilter: what a filter's JSON may say is refused by name, or matches or not, and what is filtered out is the
// opposite of what it is for.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`{"statuses":["5xx"],"path":"/a/**","injected":true,"failures":false}`,
		`{"headers":{"x-a":"1","Content-Type":"*"}}`,
		`{"rules":["r"],"text":"needle","trace_id":"0af7651916cd43dd8448eb211c80319c"}`,
		`{"from":"2026-03-14T15:00:00Z","max_duration_ms":5}`,
		`{"not":{"text":"a","headers":{"a":"*"},"tags":["b"],"failed_by":["client"]},"modes":["chaos"]}`,
		`{"statuses":["6xx"],"path":"/*/{","trace_id":"0","not":{"not":{}}}`,
	} {
		f.Add(text, "/a/b", "X-A", "1", 503)
	}
	f.Fuzz(func(t *testing.T, text, path, name, value string, status int) {
		var filter Filter
		if validation.DecodeJSON([]byte(text), &filter) != nil {
			return
		}
		r := Recording{Path: path, ResponseStatus: status, Headers: Values{name: {value}}}
		matches := filter.Matches(&r) // A filter that is not valid is never asked for, but must do no harm.
		if err := filter.Validate(); err != nil {
			if len(validation.All(err)) == 0 {
				t.Errorf("%s: the error names no field: %v", text, err)
			}
			return
		}
		if filter.Not != nil {
			without := filter
			without.Not = nil
			if want := without.Matches(&r) && (len(filter.Not.Asked()) == 0 || !anyHolds(filter.Not, &r)); matches != want {
				t.Errorf("%s matches: %t, want %t", text, matches, want)
			}
			return
		}
		conditions := filter.Asked()
		out := Filter{Not: &filter}
		if len(conditions) == 1 && out.Matches(&r) == filter.Matches(&r) {
			t.Errorf("%s matches and is filtered out at once", text)
		}
		if len(conditions) > 0 && filter.Matches(&r) && out.Matches(&r) {
			t.Errorf("%s is not filtered out", text)
		}
	})
}

// anyHolds reports whether r meets any one condition of f.
func anyHolds(f *Filter, r *Recording) bool {
	for _, asked := range f.Asked() {
		if asked.Form.matcher()(r) {
			return true
		}
	}
	return false
}
