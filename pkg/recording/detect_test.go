package recording

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	someJWT  = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	someJWE  = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ"
	somePair = "YWRhOnMzY3JldA==" // ada:s3cret
)

func TestDetectorsFindWhatHasNoName(t *testing.T) {
	all := redactor(t, Redaction{Detectors: detectorNames[:]})
	safe := redactor(t, DefaultRedaction())
	for name, test := range map[string]struct{ content, want string }{
		"JWT":                    {`{"a":"` + someJWT + `","b":1}`, `{"a":"[redacted]","b":1}`},
		"JWT of JSON in JSON":    {`{"a":"{\"x\":\"\n` + someJWT + `\"}"}`, `{"a":"{\"x\":\"\n[redacted]\"}"}`},
		"encrypted JWT":          {someJWE, Mask},
		"JWT in a URL":           {"/x?y=%20" + someJWT + "&z", "/x?y=%20[redacted]&z"},
		"no JWT":                 {"keyJson.parse(eyJson.stringify(x)) eyJhIjoxfQ", "keyJson.parse(eyJson.stringify(x)) eyJhIjoxfQ"},
		"bearer":                 {`curl -H "Authorization: Bearer abc123-._~+/x=" x`, `curl -H "Authorization: Bearer [redacted]" x`},
		"bearer in capitals":     {"BEARER 0123456789", "BEARER [redacted]"},
		"bearer percent-encoded": {"a=bearer%20abcdef0123", "a=bearer%20[redacted]"},
		"bearer with a slash":    {`{"x":"Bearer abc\/def0"}`, `{"x":"Bearer [redacted]"}`},
		"bearer of words":        {`The bearer of bad news. Bearer realm="a1b2c3d4", Bearer certificates`, `The bearer of bad news. Bearer realm="a1b2c3d4", Bearer certificates`},
		"basic":                  {"Basic " + somePair + "!", "Basic [redacted]!"},
		"twice the name":         {"Basic Basic " + somePair + " bearer bearer Bearer abc0123", "Basic Basic [redacted] bearer bearer Bearer [redacted]"},
		"basic words":            {"basic understanding, Basic Income, basics: YWRhOnMzY3JldA==", "basic understanding, Basic Income, basics: YWRhOnMzY3JldA=="},
		"URL with a password":    {"see https://ada:s3cret@host/x and http://host:80/a@b", "see https://[redacted]@host/x and http://host:80/a@b"},
		"URL escaped":            {`{"u":"https:\/\/ada:s3cret@host\/x"}`, `{"u":"https:\/\/[redacted]@host\/x"}`},
		"card":                   {"card 4111111111111111.", "card [redacted]."},
		"cards in groups":        {"4111 1111 1111 1111 123,5500-0000-0000-0004 3400 000000 00009", "[redacted] 123,[redacted] [redacted]"},
		"card of JSON":           {`{"n":4111111111111111,"l":[4111111111111111, 1],"s":"4111111111111111"}`, `{"n":0,"l":[0, 1],"s":"[redacted]"}`},
		"card in a string":       {`{"a":"{\"n\":4111111111111111}\n4111111111111111"}`, `{"a":"{\"n\":0}\n[redacted]"}`},
		"card after digits":      {"12 4111 1111 1111 1111 12345", "12 [redacted] 12345"},
		"no card": {
			"4111111111111112 x4111111111111111 0.4111111111111111 41111111111111111111111 1764110252123456789 4111111111111111a 4111  1111  1111  1111",
			"4111111111111112 x4111111111111111 0.4111111111111111 41111111111111111111111 1764110252123456789 4111111111111111a 4111  1111  1111  1111",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []*Redactor{all, safe} {
				rec := Recording{Body: Body{Content: []byte(test.content)}, ResponseHeaders: Values{"X": {test.content}}}
				r.Redact(&rec)
				if diff := cmp.Diff(test.want, string(rec.Body.Content)); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.want, rec.ResponseHeaders["X"][0]); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
			}
		})
	}
	for name, test := range map[string]struct{ content, want string }{
		"e-mail": {
			`{"to":"ada.b+x@mail.example.com","s":"\nada@b.co. mailto:ada@b.co?x=ada@b.co"}, a@b, @ada, x@y.z`,
			`{"to":"[redacted]","s":"\n[redacted]. mailto:[redacted]?x=[redacted]"}, a@b, @ada, x@y.z`,
		},
		"IP": {
			"10.0.0.1:80 [2001:db8::1]:80 ::1 from:192.168.0.1, fe80::1ff:fe23:4567:890a. 10.0.0.0/8",
			"[redacted]:80 [[redacted]]:80 [redacted] from:[redacted], [redacted]. [redacted]/8",
		},
		"no IP": {"1.2.3 12:30:45 std::string 1.2.3.4.5 aa:bb:cc:dd:ee:ff 999.1.1.1 v1.2.3.4", "1.2.3 12:30:45 std::string 1.2.3.4.5 aa:bb:cc:dd:ee:ff 999.1.1.1 v1.2.3.4"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := Recording{Body: Body{Content: []byte(test.content)}}
			all.Redact(&rec)
			if diff := cmp.Diff(test.want, string(rec.Body.Content)); diff != "" {
				t.Error(diff)
			}
			untouched := Recording{Body: Body{Content: []byte(test.content)}, ClientIP: "10.0.0.1"}
			safe.Redact(&untouched)
			if string(untouched.Body.Content) != test.content || untouched.ClientIP != "10.0.0.1" {
				t.Errorf("by default it becomes %s", untouched.Body.Content)
			}
		})
	}
	rec := Recording{ClientIP: "10.0.0.1", Consumer: "curl/8 10.0.0.1", Host: "10.0.0.2:8080", Path: "/mail/ada@b.co", Failure: "dial 10.0.0.3: refused"}
	all.Redact(&rec)
	want := Recording{ClientIP: Mask, Consumer: "curl/8 " + Mask, Host: Mask + ":8080", Path: "/mail/" + Mask, Failure: "dial " + Mask + ": refused"}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Error(diff)
	}
}

func TestAPartOfASecretAtACutCounts(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for content, want := range map[string]string{
		"x " + someJWT[:30]:         "x " + Mask,
		"x " + someJWT[:60]:         "x " + Mask,
		"Authorization: Bearer ab":  "Authorization: Bearer " + Mask,
		"Basic YWRhO":               "Basic " + Mask,
		"card: 4111 1111 11":        "card: " + Mask,
		`{"n":411111111`:            `{"n":0`,
		"room 12345":                "room 12345",
		`{"password":{"a":"s3cret"`: `{"password":"[redacted]"`,
	} {
		rec := Recording{Body: Body{Content: []byte(content), Truncated: true}}
		r.Redact(&rec)
		if string(rec.Body.Content) != want {
			t.Errorf("%q became %q, want %q", content, rec.Body.Content, want)
		}
	}
}

func TestTextWithoutSecretsIsNotCopied(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	path := "/users/" + strings.Repeat("0123456789/", 20)
	if n := testing.AllocsPerRun(100, func() { r.Text(path) }); n != 0 {
		t.Errorf("%v allocations for a path", n)
	}
}
