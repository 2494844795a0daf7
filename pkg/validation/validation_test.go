package validation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

type inner struct {
	Codes []int   `json:"codes,omitempty"`
	Share float64 `json:"share"`
}

type embedded struct {
	Mode string `json:"mode"`
}

type outer struct {
	embedded
	Rules []inner          `json:"rules"`
	Until *time.Time       `json:"until"`
	Names map[string]inner `json:"names"`
	On    *bool            `json:"on"`
	Any   any              `json:"any"`
	Plain int
	Never string `json:"-"`
}

func TestDecodeJSONNamesEveryWrongField(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     []string
	}{
		{"unknown field", `{"speed": 1}`, []string{"speed: is not a known field"}},
		{"unknown field deep inside", `{"rules": [{}, {"codez": 1}]}`, []string{"rules[1].codez: is not a known field"}},
		{"known name in another place", `{"share": 1}`, []string{"share: is not a known field"}},
		{"another case", `{"Mode": "x"}`, []string{"Mode: is not a known field"}},
		{"excluded field", `{"-": "x"}`, []string{"-: is not a known field"}},
		{"wrong kind in an embedded struct", `{"mode": 3}`, []string{"mode: must be text, is 3"}},
		{"wrong kind in a list", `{"rules": [{"codes": [1, "2"]}]}`, []string{`rules[0].codes[1]: must be a whole number, is "2"`}},
		{"fraction", `{"rules": [{"codes": [1.5]}]}`, []string{"rules[0].codes[0]: must be a whole number, is 1.5"}},
		{"too large for a number", `{"rules": [{"share": 1e999}]}`, []string{"rules[0].share: must be a number, is 1e999"}},
		{"object for list", `{"rules": {}}`, []string{"rules: must be a list, is an object"}},
		{"list for object", `{"names": {"a": []}}`, []string{"names.a: must be an object, is a list"}},
		{"bad time", `{"until": "soon"}`, []string{`until: must be a time as in RFC 3339, is "soon"`}},
		{"bad switch", `{"on": "yes"}`, []string{`on: must be true or false, is "yes"`}},
		{"several at once", `{"a": 1, "mode": [], "b": 2}`, []string{"a: is not a known field", "b: is not a known field", "mode: must be text, is a list"}},
		{"empty", ` `, []string{": must be a JSON value, is empty"}},
		{"two values", `{} {}`, []string{": must be one JSON value with nothing after it"}},
		{"not an object", `[]`, []string{": must be an object, is a list"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			into := outer{Plain: 7}
			err := validation.DecodeJSON([]byte(test.in), &into)
			var got []string
			for _, e := range validation.All(err) {
				got = append(got, e.Error())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if into.Plain != 7 {
				t.Error("the target was changed")
			}
		})
	}
}

func TestDecodeReadsJSONAndYAMLAlike(t *testing.T) {
	var fromJSON, fromYAML outer
	if err := validation.DecodeJSON([]byte(`{"mode":"m","rules":[{"codes":[1],"share":0.5}],"until":"2026-01-02T03:04:05Z","names":{"x":{"share":1}},"on":false,"any":[1],"Plain":2}`), &fromJSON); err != nil {
		t.Fatal(err)
	}
	if err := validation.DecodeYAML([]byte("mode: m\nrules: [{codes: [1], share: 0.5}]\nuntil: 2026-01-02T03:04:05Z\nnames: {x: {share: 1}}\non: false\nany: [1]\nPlain: 2\n"), &fromYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromJSON, fromYAML, cmp.AllowUnexported(outer{})); diff != "" {
		t.Errorf("JSON and YAML differ (-JSON +YAML):\n%s", diff)
	}
	if fromJSON.Mode != "m" || fromJSON.Rules[0].Codes[0] != 1 || fromJSON.Until.Year() != 2026 {
		t.Errorf("read %+v", fromJSON)
	}
}

func TestDecodeYAMLRefusesWhatJSONHasNot(t *testing.T) {
	for in, want := range map[string]string{
		"rules: [{share: .nan}]":  "rules[0].share: must be a finite number, is NaN",
		"rules: [{share: -.inf}]": "rules[0].share: must be a finite number, is -Inf",
		"names: {1: {}}":          "names: must have text as keys",
		"speed: 1":                "speed: is not a known field",
		"":                        ": must be a YAML document, is empty",
	} {
		var into outer
		err := validation.DecodeYAML([]byte(in), &into)
		if all := validation.All(err); len(all) != 1 || all[0].Error() != want {
			t.Errorf("DecodeYAML(%q) = %v, want %s", in, err, want)
		}
	}
	var into outer
	if err := validation.DecodeYAML([]byte("a: [\n"), &into); err == nil || !strings.Contains(err.Error(), "is not valid YAML") {
		t.Errorf("broken YAML: %v", err)
	}
}

func TestInPrefixesEveryFieldAndLeavesOtherErrors(t *testing.T) {
	err := validation.In("rules[2]", errors.Join(
		validation.Errorf("mode", "is wrong"), validation.Errorf("[0]", "is wrong"), validation.Errorf("", "is wrong")))
	if want := "rules[2].mode: is wrong\nrules[2][0]: is wrong\nrules[2]: is wrong"; err.Error() != want {
		t.Errorf("In = %q, want %q", err, want)
	}
	other := errors.New("other")
	if got := validation.In("x", other); got != other {
		t.Errorf("In(other) = %v", got)
	}
	if got := validation.In("x", nil); got != nil {
		t.Errorf("In(nil) = %v", got)
	}
	wrapped := fmt.Errorf("reading: %w", validation.Errorf("a", "is wrong"))
	if all := validation.All(wrapped); len(all) != 1 || all[0].Field != "a" {
		t.Errorf("All(wrapped) = %v", all)
	}
}

func TestTextAndRate(t *testing.T) {
	nan := 0.0
	nan /= nan
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"short":        {validation.Text("f", "ok", 2), ""},
		"long":         {validation.Text("f", "long", 3), "f: must have at most 3 bytes, has 4"},
		"NUL":          {validation.Text("f", "\x00", 3), "f: must be text without NUL"},
		"broken UTF-8": {validation.Text("f", "\xff", 3), "f: must be text without NUL"},
		"absent rate":  {validation.Rate("f", nil), ""},
		"rate":         {validation.Rate("f", new(1.0)), ""},
		"above 1":      {validation.Rate("f", new(1.1)), "f: must be between 0 and 1, is 1.1"},
		"negative":     {validation.Rate("f", new(-0.1)), "f: must be between 0 and 1, is -0.1"},
		"NaN":          {validation.Rate("f", &nan), "f: must be between 0 and 1, is not a number"},
	} {
		got := ""
		if test.err != nil {
			got = test.err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"mode":"m","rules":[{"codes":[1]}]}`, `{"a":{"b":[{}]}}`, "a: &a [*a]", "x: !!binary aGk=", `[[[[`, "mode: |\n  x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, decode := range []func([]byte, any) error{validation.DecodeJSON, validation.DecodeYAML} {
			var into outer
			if err := decode(data, &into); err != nil && len(validation.All(err)) == 0 {
				t.Errorf("%q: an error that names no field: %v", data, err)
			}
		}
	})
}
