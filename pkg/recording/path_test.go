package recording

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestThePathIsThatOfTheTargetUnlessTheURLWasChanged(t *testing.T) {
	for _, test := range []struct{ line, path, raw, want string }{
		{"/a%2Fb?c=/", "/a/b", "/a%2Fb", "/a%2Fb"},
		{"/a%20b", "/a b", "", "/a%20b"},
		{"/a|b", "/a|b", "", "/a|b"},
		{"/a%7Cb", "/a|b", "/a%7Cb", "/a%7Cb"},
		{"/%61", "/a", "/%61", "/%61"},
		{"/caf\xc3\xa9", "/caf\xc3\xa9", "", "/caf\xc3\xa9"},
		{"/\xff", "/\xff", "", "/%FF"},
		{"//a/../b/", "//a/../b/", "", "//a/../b/"},
		{"*", "*", "", "*"},
		{"http://h/a%2Fb?x", "/a/b", "/a%2Fb", "/a%2Fb"},
		{"h:443", "", "", ""},
		{"http://h", "", "", "/"},
		{"http://h?x", "", "", "/"},
		{"", "/a b", "", "/a%20b"},
		{"", "/a/b", "/a%2Fb", "/a%2Fb"},
		// Changed.
		{"/a%2Fb", "/c", "", "/c"},
		{"/a%2Fb", "/a%2Fb", "", "/a%252Fb"},
		{"/a", "/a/b", "/a%2Fb", "/a%2Fb"},
	} {
		if got := SentPath(test.line, &url.URL{Path: test.path, RawPath: test.raw}); got != test.want {
			t.Errorf("%q with %q, %q: %q, want %q", test.line, test.path, test.raw, got, test.want)
		}
	}
	u := &url.URL{Path: "/users/7/orders"}
	if n := testing.AllocsPerRun(100, func() { SentPath("/users/7/orders?page=2", u) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzThePathOfARequest: what is read of a request line and of what net/http makes of it decodes to the same.
func FuzzThePathOfARequest(f *testing.F) {
	for _, target := range targets {
		f.Add(string(target))
	}
	f.Add("http://h")
	f.Add("http://h/a%2Fb?c")
	f.Fuzz(func(t *testing.T, target string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")))
		if err != nil || OriginForm(r.RequestURI) == "" || r.RequestURI != target {
			return
		}
		path := SentPath(r.RequestURI, r.URL)
		if path != Target(OriginForm(target)).EscapedPath() {
			t.Errorf("the path of %q is %q", target, path)
		}
		recorded := Recording{Path: path, Target: Target(OriginForm(target))}
		if recorded.EscapedPath() != path {
			t.Errorf("%q is compared as %q", path, recorded.EscapedPath())
		}
	})
}

func TestPathsFromBeforeAreComparedAsTheyAreStored(t *testing.T) {
	for _, test := range []struct {
		recording Recording
		pattern   string
		want      bool
	}{
		{Recording{Path: "/a b"}, "/a%20b*", true},
		{Recording{Path: "/a%20b"}, "/a b*", false},
		{Recording{Path: "/a%20b"}, "/a%2520b*", true},
		{Recording{Path: "/a/b"}, "/{x}", false},
		{Recording{Path: "/a%2Fb", Target: "/a%2Fb?x"}, "/{x}", true},
		{Recording{Path: "/a/b", Target: "/a%2Fb?x"}, "/{x}", true}, // decoded, beside a target
		{Recording{Path: "/[redacted]", Target: "/[redacted]?x"}, "/{x}", true},
		{Recording{Path: "/changed", Target: "/sent"}, "/chang{x}", true},
	} {
		f := Filter{Path: test.pattern}
		if got := f.Matches(&test.recording); got != test.want {
			t.Errorf("%s matches %q of %q: %v", test.pattern, test.recording.Path, test.recording.Target, got)
		}
	}
}

// TestSecretsInEscapedPathsAreMasked: an escape hides nothing.
func TestSecretsInEscapedPathsAreMasked(t *testing.T) {
	redactor, err := NewRedactor(DefaultRedaction())
	if err != nil {
		t.Fatal(err)
	}
	for target, secret := range map[Target]string{
		"/t;token=s3cretvalue/x?y": "s3cretvalue", "/t%3Btoken%3Ds3cretvalue": "s3cretvalue",
		"/key/AKIAIOSFODNN7EXAMPLE": "AKIA", "/key/%41KIAIOSFODNN7EXAMPLE": "KIAIOSFODNN7",
	} {
		if got := redactor.Path(target.EscapedPath()); strings.Contains(got, secret) {
			t.Errorf("%q is shown as %q", target, got)
		}
		for _, r := range []Recording{{Target: target, Path: target.EscapedPath()}, {Path: target.EscapedPath()}, {Target: "/other", Path: target.EscapedPath()}} {
			before := r
			redactor.Redact(&r)
			if strings.Contains(r.Path, secret) || strings.Contains(string(r.Target), secret) {
				t.Errorf("%q beside %q is recorded as %q beside %q", before.Path, before.Target, r.Path, r.Target)
			}
			if before.Target == target && r.Path != r.Target.EscapedPath() {
				t.Errorf("%q has the path %q", r.Target, r.Path)
			}
		}
	}
}

func TestMocksSpellWhatIsEscaped(t *testing.T) {
	for path, want := range map[string]string{
		"/a%2Fb": "/a%2Fb", "/a*b": "/a%2Ab", "/a#b": "/a%23b", "/{x}/y": "/{any}/y", "/[redacted]": "/{any}", "/café": "/café", "/\xff": "/%FF", "/a\tb": "/a%09b", "/x/": "/x/", "/**": "/%2A%2A",
	} {
		if got, ok := mockPath(path); got != want || !ok {
			t.Errorf("%q: %q, %v", path, got, ok)
		}
	}
	for _, path := range []string{"", "*", "//a", "/a//b", "/" + strings.Repeat("*", 400)} {
		if got, ok := mockPath(path); ok {
			t.Errorf("%q: %q", path, got)
		}
	}
}

func TestParametersOfAnOpenAPIDocumentAreDecoded(t *testing.T) {
	for _, test := range []struct {
		route, path, want string
		value             string
	}{
		{"/projects/{id}", "/projects/a%2Fb", "/projects/{id}", "a/b"},
		{"/files/*.txt", "/files/a%20b.txt", "/files/{txt}", "a b.txt"},
	} {
		path, names, values := apiPath(&Recording{Route: test.route, Path: test.path, Target: Target(test.path)})
		if path != test.want || len(names) != 1 || len(values) != 1 || values[0] != test.value {
			t.Errorf("%s of %s: %s, %q, %q", test.path, test.route, path, names, values)
		}
	}
}
