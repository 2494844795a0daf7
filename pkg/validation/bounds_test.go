package validation_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

type nested struct {
	Not   *nested        `json:"not" nesting:"2"`
	Inner *nested        `json:"inner"`
	Any   any            `json:"any"`
	Rules []inner        `json:"rules"`
	Words []string       `json:"words"`
	Map   map[string]any `json:"map"`
}

// allocated returns how many bytes f allocates in all, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func around(open, inside, end string, depth int) string {
	return strings.Repeat(open, depth) + inside + strings.Repeat(end, depth)
}

// mostPerByte is how much decoding allocates at most, in bytes per byte of the document, and mostAtOnce what it allocates
// besides, for what it is decoded to.
const (
	mostPerByte = 200
	mostAtOnce  = 64 << 20
)

func TestDecodingTakesTimeAndMemoryInProportion(t *testing.T) {
	const size = 900 << 10
	fill := func(part string) string { return strings.Repeat(part, size/len(part)) }
	padded := around(`{"not":`+strings.Repeat(" ", 80), "{}", "}", 9900)
	for name, test := range map[string]struct{ document, field, problem string }{
		"a field within itself":      {padded, "not.not.not", "nested too deep"},
		"another":                    {around(`{"inner":`, "{}", "}", 9900), strings.TrimSuffix(strings.Repeat("inner.", 51), "."), "nest at most 64 deep"},
		"deeper than encoding/json":  {around(`{"not":`, "{}", "}", 20000), "", "nest at most 64 deep"},
		"lists of any kind":          {`{"any":` + around("[", "", "]", 9900) + `}`, "any", "nest at most 64 deep"},
		"an unknown field":           {`{"odd":` + around(`{"a":`, "1", "}", 9900) + `}`, "odd", "nest at most 64 deep"},
		"instead of text":            {`{"words":[` + around(`[`, "1", "]", 9900) + `]}`, "words[0]", "nest at most 64 deep"},
		"the path is long":           {`{"map":{` + around(`"`+strings.Repeat("k", 13000)+`":{`, "", "}", 63) + `}}`, "", "nest at most 64 deep"},
		"many unknown fields":        {`{` + fill(`"x":1,`) + `"x":1}`, "x", "not a known field"},
		"many wrong values":          {`{"words":[` + fill(`1,`) + `1]}`, "words[0]", "must be text"},
		"many small structs":         {`{"rules":[` + fill(`{},`) + `{}]}`, "rules[", "16 MiB"},
		"many small values":          {`{"any":[` + fill(`[],`) + `[]]}`, "any", "16 MiB"},
		"many names of a map":        {`{"map":{` + fill(`"a":{},`) + `"a":{}}}`, "map", "16 MiB"},
		"many small texts":           {`{"words":[` + fill(`"",`) + `""]}`, "words[", "16 MiB"},
		"a long name":                {`{"` + fill("n") + `":1}`, "nnn", "not a known field"},
		"a long text instead of one": {`{"rules":"` + fill("n") + `"}`, "rules", "must be a list"},
		"no JSON":                    {fill("]"), "", "JSON"},
		"no end":                     {`{"words":[` + fill(`"a",`), "", "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			var into nested
			var err error
			took := allocated(func() { err = validation.DecodeJSON([]byte(test.document), &into) })
			all := validation.All(err)
			if len(all) == 0 || !strings.HasPrefix(all[0].Field, test.field) || len(all[0].Field) > 1000 {
				t.Fatalf("got %.300v", err)
			}
			if last := all[len(all)-1]; !strings.Contains(all[0].Problem, test.problem) && !strings.Contains(last.Problem, test.problem) {
				t.Errorf("got %.300v, want %s", err, test.problem)
			}
			if len(all) > validation.MaxErrors+1 {
				t.Errorf("%d errors", len(all))
			}
			if limit := uint64(20*len(test.document) + 4<<20); took > limit {
				t.Errorf("refusing %d bytes allocated %d bytes, at most %d are allowed", len(test.document), took, limit)
			}
			if into.Any != nil || into.Not != nil || into.Rules != nil {
				t.Error("the target was changed")
			}
		})
	}
}

func TestWhatIsAllowedIsDecodedWithinBounds(t *testing.T) {
	for name, document := range map[string]string{
		"small structs": `{"rules":[` + strings.Repeat(`{"codes":[1]},`, 50_000) + `{}]}`,
		"texts":         `{"words":["` + strings.Repeat("word ", 200_000) + `"]}`,
		"any":           `{"any":[` + strings.Repeat(`[],`, 200_000) + `[]]}`,
		"as deep":       `{"any":` + around("[", "1", "]", validation.MaxDepth-1) + `}`,
	} {
		var into nested
		var err error
		took := allocated(func() { err = validation.DecodeJSON([]byte(document), &into) })
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took > mostAtOnce+uint64(len(document)) {
			t.Errorf("%s: %d bytes allocated %d", name, len(document), took)
		}
	}
}

func TestDecodingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var into nested
	for name, decode := range map[string]func(context.Context, []byte, any) error{
		"JSON": validation.DecodeJSONContext, "YAML": validation.DecodeYAMLContext,
	} {
		if err := decode(ctx, []byte(`{"words":["a"]}`), &into); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatYAMLStandsForIsBoundedBeforeItIsMade(t *testing.T) {
	anchor := "any: &a " + strings.Repeat("x", 200<<10) + "\n"
	bomb := "map:\n  a0: &a0 [x]\n"
	for i := range 30 {
		name, before := string(rune('a'+(i+1)/26))+string(rune('a'+(i+1)%26)), "a0"
		if i > 0 {
			before = string(rune('a'+i/26)) + string(rune('a'+i%26))
		}
		bomb += "  " + name + ": &" + name + " [*" + before + ",*" + before + "]\n"
	}
	for name, test := range map[string]struct{ document, field, problem string }{
		"a large anchor, many aliases": {anchor + "words:\n" + strings.Repeat("- *a\n", 10_000), "", "bytes of text"},
		"aliases of aliases":           {bomb, "", "values"},
		"itself":                       {"any: &a [*a]\n", "any[0]", "must not contain itself"},
		"itself as a key":              {"map: &a {*a : 1}\n", "map", "must not contain itself"},
		"merges":                       {"map:\n  a: &a {b: 1}\n  c: {<<: [" + strings.Repeat("*a,", 60_000) + "]}\n", "", "values"},
		"deep":                         {"any: " + around("[", "", "]", 5000), "any[0]", "line 1 is deeper"},
		"deep in blocks":               {"any:\n  " + strings.Repeat("- ", 5000) + "x\n", "any[0]", "line 2 is deeper"},
		"many keys":                    {"map: {" + strings.Repeat("a: 1,", 100_000) + "}\n", "map", "at most 2000 keys, has 100000 in line 1"},
		"many values":                  {"words: [" + strings.Repeat("a,", 200_000) + "]\n", "", "at most 100000 values"},
		"many wrong values":            {"words: [" + strings.Repeat(".nan,", 50_000) + "]\n", "words[0]", "finite number"},
		"large":                        {"any: " + strings.Repeat("x", 2<<20), "", "at most 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			var into nested
			var err error
			took := allocated(func() { err = validation.DecodeYAML([]byte(test.document), &into) })
			all := validation.All(err)
			if len(all) == 0 || len(all) > validation.MaxErrors || !strings.HasPrefix(all[0].Field, test.field) || !strings.Contains(all[0].Problem, test.problem) {
				t.Fatalf("got %.300v", err)
			}
			if limit := uint64(mostPerByte*len(test.document) + 16<<20); took > limit {
				t.Errorf("refusing %d bytes allocated %d bytes, at most %d are allowed", len(test.document), took, limit)
			}
		})
	}
}

func TestAliasesThatStandForLittleAreFollowed(t *testing.T) {
	var into nested
	if err := validation.DecodeYAML([]byte("words: [&a x, *a, *a]\nmap:\n  base: &b {c: 1}\n  more: {<<: *b, d: 2}\n"), &into); err != nil {
		t.Fatal(err)
	}
	if more, _ := into.Map["more"].(map[string]any); len(into.Words) != 3 || into.Words[2] != "x" || len(more) != 2 {
		t.Errorf("read %+v", into)
	}
}

// FuzzDecodeWithinBounds: whatever comes, it is refused with fields, or decoded as encoding/json would, within bounds.
func FuzzDecodeWithinBounds(f *testing.F) {
	for _, document := range []string{
		`{"not":{"not":{"not":{}}}}`, `{"inner":{"any":[1,"a",null,{"b":[]}]},"rules":[{"codes":[1],"share":0.5}],"words":["\u00e9\"",""]}`,
		`{"map":{"a":1,"a":{"b":2}},"words":null}`, `[[[[`, `{"a"`, "words: [&a x, *a]", "any: &a [*a]", "map: {<<: {a: 1}}", "? [a]\n: b", `{"wo\u0072ds":[]}`, "{}}", "\x00", `{"":{"":1}}`,
	} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		for name, decode := range map[string]func([]byte, any) error{"JSON": validation.DecodeJSON, "YAML": validation.DecodeYAML} {
			var into nested
			var err error
			took := allocated(func() { err = decode(document, &into) })
			if err != nil && len(validation.All(err)) == 0 {
				t.Errorf("%s: an error without a field: %v", name, err)
			}
			if limit := uint64(mostAtOnce + 1000*len(document)); took > limit {
				t.Errorf("%s: %d bytes allocated %d", name, len(document), took)
			}
		}
	})
}
