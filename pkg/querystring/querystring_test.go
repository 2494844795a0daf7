package querystring

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNothingOfAQueryIsLost(t *testing.T) {
	for query, want := range map[string]map[string][]string{
		"":                         nil,
		"&&":                       nil,
		"b=2&a=1&b=1":              {"a": {"1"}, "b": {"2", "1"}},
		"flag":                     {"flag": {""}},
		"flag=":                    {"flag": {""}},
		"=v":                       {"": {"v"}},
		"a=b=c==":                  {"a": {"b=c=="}},
		"a=1;b=2":                  {"a": {"1;b=2"}},
		";":                        {";": {""}},
		"pct=100%&k=v":             {"pct": {"100%"}, "k": {"v"}},
		"100%=all&%=x&%4=y&%zz=%g": {"100%": {"all"}, "%": {"x"}, "%4": {"y"}, "%zz": {"%g"}},
		"a=%20%&b=%2&c=%%41":       {"a": {" %"}, "b": {"%2"}, "c": {"%A"}},
		"a=1+2%2B3+&b+c=%20":       {"a": {"1 2+3 "}, "b c": {" "}},
		"a=%2541":                  {"a": {"%41"}},
		"x=%FF%00&\xff=\x00":       {"x": {"\xff\x00"}, "\xff": {"\x00"}},
		"a=?&b=#c&d=/":             {"a": {"?"}, "b": {"#c"}, "d": {"/"}},
		"a=%26&b=%3D&%3D=%3b":      {"a": {"&"}, "b": {"="}, "=": {";"}},
	} {
		if diff := cmp.Diff(want, Values(query)); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestReadingAPlainQueryDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		for name, value := range Pairs("page=2&sort=name&flag") {
			if name == value {
				t.Error(name)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What net/url can read is read as it reads it.
func FuzzValuesAreThoseOfNetURL(f *testing.F) {
	for _, query := range []string{"a=1&b=2", "a=1;b=2", "pct=100%&k=v", "%zz", "a+b=%2B", "=&=", "x=%FF"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := Values(query)
		if want, err := url.ParseQuery(query); err == nil && !(len(want) == 0 && len(got) == 0) {
			if diff := cmp.Diff(map[string][]string(want), got); diff != "" {
				t.Errorf("%q: %s", query, diff)
			}
		}
		pairs := 0
		for piece := range strings.SplitSeq(query, "&") {
			if piece != "" {
				pairs++
			}
		}
		for _, values := range got {
			pairs -= len(values)
		}
		if pairs != 0 {
			t.Errorf("%q has %d parameters more than %v", query, pairs, got)
		}
	})
}
