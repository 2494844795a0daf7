package fieldpath

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"
)

const shop = `{"user":{"email":"a@b","a-b":1,"it's":2},"items":[{"id":1,"at":{"id":9}},{"id":2,"tags":["x","y","z"]},{"id":"1"}],"0":"zero","null":null,"*":7,"]":8}`

func parsed(t testing.TB, document string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPathsLeadToPlaces(t *testing.T) {
	document := parsed(t, shop)
	for text, want := range map[string]string{
		// The short form.
		"user.email": `["a@b"]`, "user['email']": `["a@b"]`, `user["a-b"]`: `[1]`, "user.a-b": `[1]`, "user.it's": `[2]`, `["it's"]`: `[]`, "items[0].id": `[1]`, "items[002].id": `["1"]`,
		"items[*].id": `[1,2,"1"]`, "items[].id": `[1,2,"1"]`, "items.*.id": `[1,2,"1"]`, "*.email": `["a@b"]`, "**.id": `[9,1,2,"1"]`, "items.**.id": `[9,1,2,"1"]`, "**.at.**.id": `[9]`,
		"items[0].at.**": `[{"id":9}]`, "0": `["zero"]`, "[0]": `[]`, "items.0": `[]`, "null": `[null]`, ".user.email": `["a@b"]`, "['*']": `[7]`, "[']']": `[8]`,
		// JSONPath.
		"$": "[" + shop + "]", "$.user.email": `["a@b"]`, "$..id": `[9,1,2,"1"]`, "$.items[-1].id": `["1"]`, "$.items[1:].id": `[2,"1"]`, "$.items[::-2].id": `[1,"1"]`, "$.items[0,2].id": `[1,"1"]`,
		"$['user']['email','a-b']": `[1,"a@b"]`, "$.items[?@.id > 1].id": `[2]`, "$.items[?@.tags].tags[0]": `["x"]`, "$..tags[?@ != 'x']": `["y","z"]`, `$.items[?@.id == $.items[0].id].id`: `[1]`,
		`$['it\'s']`: `[]`, `$.user['it\'s']`: `[2]`,
		// What is no JSONPath for a name alone.
		"$.user.a-b": `[1]`, "$.**.email": `["a@b"]`, "$.items[].id": `[1,2,"1"]`,
	} {
		p, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := []any{}
		p.Select(document, func(v any) bool { got = append(got, v); return true })
		if encoded, _ := json.Marshal(got); string(encoded) != asWritten(t, want) {
			t.Errorf("%s leads to %s, want %s", text, encoded, want)
		}
	}
}

func asWritten(t *testing.T, document string) string {
	text, err := json.Marshal(parsed(t, document))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBadPathsAreRefused(t *testing.T) {
	for _, text := range []string{
		"", ".", "a.", "a..b", "..a", "a[", "a[x]", "a['b]", "a[-1]", "a[1:2]", "a[*]]", "a]", "a[?@.b]", "a[1234567890]", "a\xff", "a\x00", "$.", "$[", "$.a[?@.b ==]", strings.Repeat("a", MaxLength+1),
		strings.Repeat(".a", maxSteps+1), "$" + strings.Repeat("[0]", maxSteps+1),
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestAsManyStepsAsAreAllowedAreTaken(t *testing.T) {
	p, err := Parse(strings.TrimPrefix(strings.Repeat(".a", maxSteps), "."))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	p.Select(parsed(t, strings.Repeat(`{"a":`, maxSteps)+"1"+strings.Repeat("}", maxSteps)), func(v any) bool { n++; return v == 1.0 })
	if n != 1 {
		t.Errorf("%d places", n)
	}
}

// TestManyDepthsTakeNoTimeOfTheirOwn: JSONPath that starts anew from each level takes time to the power of its steps.
func TestManyDepthsTakeNoTimeOfTheirOwn(t *testing.T) {
	document := parsed(t, strings.Repeat(`{"a":[`, 4000)+strings.Repeat(`]}`, 4000))
	p, err := Parse("$" + strings.Repeat("..a", 20))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	p.Select(document, func(any) bool { n++; return true })
	if n != 4000-19 {
		t.Errorf("%d places", n)
	}
}

var namesAndIndices = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*(\[(0|[1-9][0-9]{0,8}|\*)\])*(\.[_A-Za-z][_0-9A-Za-z]*(\[(0|[1-9][0-9]{0,8}|\*)\])*)*$`)

// FuzzTheShortForm: names, indices and stars are read as they are written.
func FuzzTheShortForm(f *testing.F) {
	for _, path := range []string{"user.email", "orders[*].lines[0].total", "a[", "a[*]]", "..", "", "**.a['b c']", `$["x"]`} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := Parse(path)
		if !namesAndIndices.MatchString(path) {
			return
		}
		if err != nil {
			if len(path) <= 2*maxSteps {
				t.Errorf("%q: %v", path, err)
			}
			return
		}
		var again strings.Builder
		for i, s := range p.steps {
			switch selector := s.selectors[0].(type) {
			case spec.Index:
				fmt.Fprintf(&again, "[%d]", int(selector))
			case spec.WildcardSelector:
				again.WriteString("[*]")
			case spec.Name:
				if i > 0 {
					again.WriteByte('.')
				}
				again.WriteString(string(selector))
			}
		}
		if again.String() != path {
			t.Errorf("%q was read as %q", path, again.String())
		}
	})
}

// FuzzPathsLeadWhereTheLibraryDoes holds what is followed here to what the library follows.
func FuzzPathsLeadWhereTheLibraryDoes(f *testing.F) {
	for _, path := range []string{"$", "$..*", "$..id", "$.items[1:5:2]", "$.items[::-1]", "$.items[-2]", "$.*[?@.id]", "$['a','b'][0,*]", "$..[0]..id", "$.items[?@.id > 1]"} {
		f.Add(path, shop)
	}
	f.Fuzz(func(t *testing.T, path, document string) {
		var value any
		if len(document) > 2000 || validDepth(document) > 30 || json.Unmarshal([]byte(document), &value) != nil {
			return
		}
		theirs, err := jsonpath.Parse(path)
		if err != nil {
			return
		}
		ours, err := Parse(path)
		if err != nil {
			return // too long
		}
		want := []string{}
		for p := range theirs.SelectLocated(value).Paths() {
			want = append(want, p.String())
		}
		slices.Sort(want)
		want = slices.Compact(want)
		got := []string{}
		places(ours.Root(value), value, nil, &got)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s of %s leads to %q, want %q", path, document, got, want)
		}
	})
}

func validDepth(document string) (most int) {
	depth := 0
	for i := range len(document) {
		switch document[i] {
		case '[', '{':
			depth++
			most = max(most, depth)
		case ']', '}':
			depth--
		}
	}
	return most
}

func places(at Place, value any, path spec.NormalizedPath, found *[]string) {
	if at.Selected() {
		*found = append(*found, path.String())
	}
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			places(at.Member(name, member), member, append(slices.Clone(path), spec.Name(name)), found)
		}
	case []any:
		for i, element := range value {
			places(at.Element(i, len(value), element), element, append(slices.Clone(path), spec.Index(i)), found)
		}
	}
}
