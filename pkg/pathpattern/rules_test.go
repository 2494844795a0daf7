package pathpattern

import (
	"strings"
	"testing"
)

func TestPathPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern  string
		match    []string
		mismatch []string
	}{
		{"/", []string{"/"}, []string{"", "/a", "//"}},
		{"/users", []string{"/users"}, []string{"/users/", "/user", "/users2", "/Users", "users"}},
		{"/users/", []string{"/users/"}, []string{"/users", "/users/1", "/users//"}},
		{"/users/{id}", []string{"/users/1", "/users/a.b", "/users/{id}"}, []string{"/users", "/users/", "/users/1/", "/users/1/x"}},
		{"/users/{}/orders", []string{"/users/1/orders"}, []string{"/users//orders", "/users/1/orders/2"}},
		{"/users/**", []string{"/users", "/users/", "/users/1", "/users/1/2//3"}, []string{"/usersx", "/"}},
		{"/users/{id}/orders/**", []string{"/users/1/orders", "/users/1/orders/2/3"}, []string{"/users/1", "/users/orders/2"}},
		{"/**", []string{"/", "/a", "/a/b", ""}, nil},
		{"/a.b+c", []string{"/a.b+c"}, []string{"/aXb+c"}},
	} {
		p, err := Parse(test.pattern)
		if err != nil {
			t.Fatalf("%s: %v", test.pattern, err)
		}
		for _, path := range test.match {
			if !p.Match(path) {
				t.Errorf("%s does not match %q", test.pattern, path)
			}
		}
		for _, path := range test.mismatch {
			if p.Match(path) {
				t.Errorf("%s matches %q", test.pattern, path)
			}
		}
	}
}

func FuzzPathPattern(f *testing.F) {
	for _, seed := range []string{"/", "/a/{id}/**", "/{}", "/**", "/a//", "/{a}{b}", "/*"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := Parse(pattern)
		if err != nil {
			return
		}
		p.Match(path)
		if !strings.ContainsAny(pattern, "{*") && !p.Match(pattern) {
			t.Errorf("%q does not match itself", pattern)
		}
	})
}
