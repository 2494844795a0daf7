package recording

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// targets are what clients send, and URLs that are made of what was parsed do not have.
var targets = []Target{
	"/", "/?", "/??x", "/?b=2&a=1", "/?flag", "/?x=a%20b+c", "/?x=%FF", "/?a=1;b=2", "/?pct=100%&k=v", "/?q=%zz&;x&empty=", "/a%252Fb", "/users/auth0|a%2Fb", "//double",
	"//double|bar", "/a/../b/./c//d/", "/m;a=b/c?d=1;e=2", "/caf\xc3\xa9?q=\xe9", "/a{b}[c]^`\"<>\\?'=$(x)", "/a#b?c", "*", "/?q=base64:AA==", "/\xff\x00",
}

func FuzzTheTextOfATargetLosesNothing(f *testing.F) {
	for _, target := range targets {
		f.Add(string(target))
	}
	f.Add("base64:")
	f.Add("base64:AA==")
	f.Fuzz(func(t *testing.T, target string) {
		text, err := json.Marshal(Recording{Target: Target(target)})
		if err != nil {
			t.Fatal(err)
		}
		var back Recording
		if err := json.Unmarshal(text, &back); err != nil || string(back.Target) != target {
			t.Errorf("%q came back as %q, %v", target, back.Target, err)
		}
		asURL, changed := Target(target).URL()
		if changed != (asURL != target) || strings.ContainsFunc(asURL, func(r rune) bool { return r <= ' ' || r == 0xfffd && !strings.ContainsRune(target, r) }) {
			t.Errorf("%q as a URL is %q, changed: %v", target, asURL, changed)
		}
		kept, names := Target(target).WithoutRedacted()
		if kept != Target(target) && names == nil || names != nil && IsRedacted(strings.TrimPrefix(string(kept), kept.Path())) {
			t.Errorf("%q is %q without %q", target, kept, names)
		}
		Target(target).Pairs()
	})
}

func TestABadTextOfATargetIsRefused(t *testing.T) {
	var r Recording
	if err := json.Unmarshal([]byte(`{"target":"base64:!"}`), &r); err == nil || !strings.Contains(err.Error(), "target") {
		t.Error(err)
	}
}

func TestParametersAreReadInTheirOrder(t *testing.T) {
	want := []Parameter{{"b", "2"}, {"a", " 1 "}, {"flag", ""}, {"pct", "100%"}, {"x", "\xff"}, {"a", "1;c=2"}, {"", "v"}}
	if diff := cmp.Diff(want, Target("/?b=2&a=+1%20&flag&&pct=100%&x=%FF&a=1;c=2&=v").Pairs()); diff != "" {
		t.Error(diff)
	}
}

func TestATargetIsSentWithoutWhatWasRedacted(t *testing.T) {
	for target, want := range map[Target]struct {
		kept  Target
		names []string
	}{
		"/?token=[redacted]":                        {"/", []string{"token"}},
		"/?b=2&token=[redacted]&a=1":                {"/?b=2&a=1", []string{"token"}},
		"/?b=2&to%6ben=[redacted]":                  {"/?b=2", []string{"token"}},
		"/?token=[redacted]&%20+&x":                 {"/?%20+&x", []string{"token"}},
		"/?a=1;token=[hash:0011223344556677];b":     {"/?a=1;b", []string{"token"}},
		"/?a=x[redacted]y&b=[redacted]&c&d=%5B":     {"/?c&d=%5B", []string{"a", "b"}},
		"/x/[redacted]/?a":                          {"/x/[redacted]/?a", nil},
		"/?%5Bredacted%5D":                          {"/?%5Bredacted%5D", nil},
		"/?token=[redacted]&token=[redacted]&b=2&&": {"/?b=2&&", []string{"token", "token"}},
	} {
		if kept, names := target.WithoutRedacted(); kept != want.kept || !slices.Equal(names, want.names) {
			t.Errorf("%s: %s without %q", target, kept, names)
		}
	}
}

func TestTheTargetOfARequestLineIsPathAndQuery(t *testing.T) {
	for line, want := range map[string]string{
		"/a|b?c": "/a|b?c", "*": "*", "": "", "host:443": "", "http://h": "/", "HTTPS://u@h:1/a%2F?b#c": "/a%2F?b#c", "http://h?x": "/?x", "ftp://h/a": "", "a/b": "",
	} {
		if got := OriginForm(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestExportsHaveTargetsAsTheyWereSent is for those in the form of text; what curl sends is tested where it is received.
func TestExportsHaveTargetsAsTheyWereSent(t *testing.T) {
	for _, target := range targets {
		r := exported()[0]
		r.Target, r.Method, r.Path = target, "OPTIONS", "/decoded"
		asURL, _ := target.URL()
		asText, err := json.Marshal(target)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range Formats() {
			var want string
			switch format.Name {
			case "har":
				want = marshalled(t, "https://shop.example/"+strings.TrimPrefix(asURL, "/"))
			case "jsonl":
				var b bytes.Buffer
				encoder := json.NewEncoder(&b)
				encoder.SetEscapeHTML(false)
				_ = encoder.Encode(target)
				want = `"target":` + strings.TrimSpace(b.String())
			case "csv":
				want = strings.ReplaceAll(target.Text(), `"`, `""`)
			case "k6":
				if want = marshalled(t, asURL); target == "*" {
					want = "// k6 has no way to send a request without a path"
				}
			default:
				continue
			}
			var b bytes.Buffer
			if err := format.Write(&b, sequence(r)); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s of %q (%s) has no %s:\n%s", format.Name, target, asText, want, b.String())
			}
		}
	}
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExportsNameWhatWasRedactedOfTheTarget(t *testing.T) {
	r := exported()[0]
	r.Target, r.TargetRedacted, r.QueryParams = "/a%2Fb?b=2&token=[redacted]&a=1", true, Values{"token": {"[redacted]"}}
	left := r
	left.Target = "/a?b=2&&a=1"
	path := r
	path.Target = "/a/[redacted]/b"
	for format, wants := range map[string][]string{
		"curl": {`query parameters that were redacted: "token"`, "/a%2Fb?b=2&a=1", "parts of the target were left out", "the path has redacted parts"},
		"k6":   {`query parameters that were redacted: "token"`, "/a%2Fb?b=2\\u0026a=1", "parts of the target were left out", "the path has redacted parts"},
		"har":  {`"comment":"redacted"`},
	} {
		for _, f := range Formats() {
			if f.Name != format {
				continue
			}
			var b bytes.Buffer
			if err := f.Write(&b, sequence(r, left, path)); err != nil {
				t.Fatal(err)
			}
			for _, want := range wants {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%s has no %s:\n%s", format, want, b.String())
				}
			}
		}
	}
}

// TestCurlSendsTheTargetByteForByte runs scripts of curl against a listener that reads no HTTP.
func TestCurlSendsTheTargetByteForByte(t *testing.T) {
	for _, program := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	address, lines := requestLines(t)
	for _, target := range targets {
		want := strings.NewReplacer("\x00", "%00").Replace(string(target))
		var script bytes.Buffer
		if err := WriteCurl(&script, sequence(Recording{Protocol: HTTP, Method: "OPTIONS", Host: address, Path: "/decoded", Target: target})); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "sh", "-s")
		command.Stdin = bytes.NewReader(script.Bytes())
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, output, script.String())
			continue
		}
		if got := <-lines; got != "OPTIONS "+want+" HTTP/1.1" {
			t.Errorf("%q was sent as %q\n%s", target, got, script.String())
		}
	}
}

func TestTheQueryOfAHARIsInItsOrder(t *testing.T) {
	r := exported()[0]
	r.Target = "/?b=2&a=%20&flag"
	if diff := cmp.Diff([]harPair{{"b", "2"}, {"a", " "}, {"flag", ""}}, harRequestOf(&r).QueryString); diff != "" {
		t.Error(diff)
	}
	if _, err := url.Parse(harRequestOf(&r).URL); err != nil {
		t.Error(err)
	}
}
