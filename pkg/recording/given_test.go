package recording

import (
	"slices"
	"testing"
	"time"
)

func TestTheConditionsOfAFilterAreNamed(t *testing.T) {
	now, zero, no := time.Unix(0, 0), 0.0, false
	for _, test := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"none", Filter{}, nil},
		{"empty lists", Filter{Methods: []string{}, Headers: map[string]string{}}, nil},
		{"one that is false", Filter{Injected: &no}, []string{"injected"}},
		{"a bound of zero", Filter{MinDurationMS: &zero, From: &now}, []string{"from", "min_duration_ms"}},
		{"a list of an empty text", Filter{Rules: []string{""}}, []string{"rules"}},
		{"what is filtered out", Filter{Text: "a", Not: &Filter{}}, []string{"text", "not"}},
		{"names of the JSON", Filter{FailureKinds: FailureKinds(), TraceID: "x"}, []string{"failure_kind", "trace_id"}},
	} {
		if got := test.filter.Given(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
