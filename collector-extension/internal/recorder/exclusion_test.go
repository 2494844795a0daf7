package recorder

import "testing"

func TestPathsAreExcludedAsTheyWereSent(t *testing.T) {
	for pattern, paths := range map[string]struct{ excluded, kept []string }{
		"/health":         {[]string{"/health", "/h%65alth"}, []string{"/health/", "/healthz", "/Health"}},
		"/internal/**":    {[]string{"/internal", "/internal/a/b", "/internal/"}, []string{"/internals", "/internal%2Fa"}},
		"/files/*":        {[]string{"/files/a", "/files/a%2Fb", "/files/"}, []string{"/files/a/b", "/files"}},
		"/*.js":           {[]string{"/app.js"}, []string{"/a/app.js", "/app.jsx"}},
		"/users/{id}":     {[]string{"/users/1", "/users/{id}"}, []string{"/users/", "/users/1/x"}},
		"/a/**/z":         {[]string{"/a/b/c/z", "/a/b/z"}, []string{"/a/z/b"}},
		"/v?/[ab]\\*":     {[]string{"/v1/a*", "/v1/%61*"}, []string{"/v10/a*", "/v1/c*", "/v1/ab"}},
		"/v[1]/**":        {[]string{"/v[1]", "/v%5B1%5D/x"}, []string{"/v1"}},
		"/a b":            {[]string{"/a%20b"}, []string{"/a+b"}},
		"/%F0%9F%98%80/*": {[]string{"/%f0%9f%98%80/x"}, []string{"/%F0%9F/x"}},
		"*":               {[]string{"*"}, []string{"/", "/a"}},
	} {
		if err := ValidateExclusion(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		e := newExclusion([]string{pattern})
		for _, path := range paths.excluded {
			if !e.has(path) {
				t.Errorf("%s does not exclude %s", pattern, path)
			}
		}
		for _, path := range paths.kept {
			if e.has(path) {
				t.Errorf("%s excludes %s", pattern, path)
			}
		}
	}
	for _, pattern := range []string{"", "health", "**", "/[", "/\\", "/\xff"} {
		if ValidateExclusion(pattern) == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
}

func TestExcludingAllocatesNothing(t *testing.T) {
	e := newExclusion([]string{"/health", "/internal/**", "/files/*"})
	if n := testing.AllocsPerRun(100, func() { e.has("/users/a%2Fb/orders") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
