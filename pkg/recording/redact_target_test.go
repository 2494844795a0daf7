package recording

import (
	"net/url"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

func TestSecretsOfTargetsAreReplacedWhereTheyStand(t *testing.T) {
	all := DefaultRedaction()
	all.Detectors, all.Patterns = detectorNames[:], []string{`PAT-\d+`}
	r := redactor(t, all)
	for target, want := range map[string]string{
		// By their names, in any spelling.
		"/?b=2&token=s3cret&a=1":                                       "/?b=2&token=[redacted]&a=1",
		"/?to%6ben=s3cret&%FF&x=%20+":                                  "/?to%6ben=[redacted]&%FF&x=%20+",
		"/?to%256Ben=s3cret":                                           "/?to%256Ben=[redacted]",
		"/?access-Token=s3cret":                                        "/?access-Token=[redacted]",
		"/?user%5Bpassword%5D=s3cret&pct=100%":                         "/?user%5Bpassword%5D=[redacted]&pct=100%",
		"/?a=1;token=s3cret;b=2":                                       "/?a=1;token=[redacted];b=2",
		"/?token=s3;cret&b=2":                                          "/?token=[redacted]&b=2",
		"/?token=s3cret;cd==&b=2":                                      "/?token=[redacted]&b=2",
		"/?token=s3?cret#s3cret":                                       "/?token=[redacted]",
		"/?token=&token&token=[redacted]":                              "/?token=&token&token=[redacted]",
		"/?token=s3=cret%26=&flag":                                     "/?token=[redacted]&flag",
		"/a/b?next=/c?token=s3cret&q":                                  "/a/b?next=/c?token=[redacted]&q",
		"/?next=https%3A%2F%2Fh%2F%3Fa%3D1%26token%3Ds3cret%26b%3D2&c": "/?next=https%3A%2F%2Fh%2F%3Fa%3D1%26token%3D[redacted]%26b%3D2&c",
		"/?next=%252Fx%253Ftoken%253Ds3cret":                           "/?next=%252Fx%253Ftoken%253D[redacted]",
		"/?f=%7B%22a%22:1,%22password%22:%22s3cret%22,%22b%22:2%7D":    "/?f=%7B%22a%22:1,%22password%22:%22[redacted]%22,%22b%22:2%7D",
		"/?{\"password\":\"s3=cret\"}":                                 "/?{\"password\":\"[redacted]",
		"/m;a=b;token=s3cret":                                          "/m;a=b;token=[redacted]",
		// By their look.
		"/x/PAT-123/a%2Fb/../c":                            "/x/[redacted]/a%2Fb/../c",
		"/x/%50AT-123/y?PAT-1&b=PAT-2x":                    "/x/[redacted]/y?[redacted]&b=[redacted]x",
		"/?a=PAT-1+PAT-2%20PAT-3":                          "/?a=[redacted]+[redacted]%20[redacted]",
		"/?note=Bearer+s3cret.0123-x&y=%2f":                "/?note=Bearer+[redacted]&y=%2f",
		"/users/ada%40example.com/x%2F?to=ada@example.com": "/users/[redacted]/x%2F?to=[redacted]",
		"/?n=4111%201111+1111%201111&z":                    "/?n=[redacted]&z",
		"/?u=https://ada:s3cret@host/x%20y":                "/?u=https://[redacted]@host/x%20y",
		"/x/https://ada:s3cret@host/x%20y":                 "/x/https://[redacted]@host/x%20y",
		// What is none stays.
		"/?page=2&next_token=abc&sort_key=name": "/?page=2&next_token=abc&sort_key=name",
		"*":                                     "*",
		"/a%252Fb?q=%FF&%zz;100%":               "/a%252Fb?q=%FF&%zz;100%",
		"":                                      "",
	} {
		rec := Recording{Target: Target(target)}
		r.Redact(&rec)
		if string(rec.Target) != want || rec.TargetRedacted != (want != target) {
			t.Errorf("%s\nbecame %s (%v)\nwant   %s", target, rec.Target, rec.TargetRedacted, want)
		}
		again := rec
		if r.Redact(&again); again.Target != rec.Target {
			t.Errorf("redacted again, %s became %s", rec.Target, again.Target)
		}
	}
	for _, target := range targets {
		rec := Recording{Target: target}
		if r.Redact(&rec); rec.Target != target || rec.TargetRedacted {
			t.Errorf("%q became %q", target, rec.Target)
		}
	}
}

func TestActionsHoldForTargets(t *testing.T) {
	hash, drop := DefaultRedaction(), DefaultRedaction()
	hash.Action, hash.HashKey, drop.Action = "hash", hashKey, "drop"
	rec := Recording{Target: "/?a=1&token=s3%20cret&b=2", QueryParams: Values{"token": {"s3 cret"}}}
	hashed, dropped := rec, rec
	redactor(t, hash).Redact(&hashed)
	if want := "/?a=1&token=" + hashed.QueryParams["token"][0] + "&b=2"; string(hashed.Target) != want {
		t.Errorf("%s, want %s", hashed.Target, want)
	}
	redactor(t, drop).Redact(&dropped)
	if dropped.Target != "/?a=1&&b=2" || !dropped.TargetRedacted {
		t.Error(dropped.Target, dropped.TargetRedacted)
	}
}

func TestRedactingATargetWithoutSecretsDoesNotAllocate(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	target := Target("/orders/123/items?page=2&sort=name&flag")
	if n := testing.AllocsPerRun(100, func() { r.target(target) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestHostileTargetsTakeTimeInTheirSize would not end where one of these took the square of its size.
func TestHostileTargetsTakeTimeInTheirSize(t *testing.T) {
	all := DefaultRedaction()
	all.Detectors, all.Patterns = detectorNames[:], []string{`PAT-\d+`}
	r := redactor(t, all)
	for _, unit := range []string{
		"token=a&", "token=a;", "token=", ";", "%74oken=a;", "token%3Da%26", "&a", "PAT-1", "PAT-1&", "[redacted]", "[redacted]PAT-1", "%", "%25", "+", "a@b.cd&", "%2525", "{\"token\":\"a\",", "?#;&=",
	} {
		rec := Recording{Target: Target("/" + strings.Repeat(unit, 1<<17/len(unit)) + "?" + strings.Repeat(unit, 1<<19/len(unit)))}
		if r.Redact(&rec); len(rec.Target) > 8<<20 {
			t.Errorf("%q grows to %d bytes", unit, len(rec.Target))
		}
		rec.Target.WithoutRedacted()
	}
}

// isMasked reports whether out is in with parts replaced, and all else as it was.
func isMasked(in, out string) bool {
	parts := strings.Split(out, Mask)
	if len(parts) == 1 {
		return in == out
	}
	last := len(parts) - 1
	if !strings.HasPrefix(in, parts[0]) || !strings.HasSuffix(in, parts[last]) || len(in) < len(parts[0])+len(parts[last]) {
		return false
	}
	in = in[len(parts[0]) : len(in)-len(parts[last])]
	for _, part := range parts[1:last] {
		at := strings.Index(in, part)
		if at < 0 {
			return false
		}
		in = in[at+len(part):]
	}
	return true
}

func FuzzNoTargetKeepsASecretNorLosesAnythingElse(f *testing.F) {
	for i, target := range targets {
		f.Add(string(target), "&x=1", uint8(i), uint8(i))
		f.Add("/a?b=", string(target), uint8(i), uint8(i/3))
	}
	all := DefaultRedaction()
	all.Detectors, all.Patterns = detectorNames[:], []string{`PAT-\d+`}
	r := redactor(f, all)
	f.Fuzz(func(t *testing.T, before, after string, which, escapes uint8) {
		before, after = strings.ReplaceAll(before, Mask, ""), strings.ReplaceAll(after, Mask, "")
		plain := Target(before + after)
		rec := Recording{Target: plain}
		r.Redact(&rec)
		if !isMasked(string(plain), string(rec.Target)) || rec.TargetRedacted != (rec.Target != plain) {
			t.Errorf("%q became %q", plain, rec.Target)
		}
		p := plantedSecrets[int(which)%len(plantedSecrets)]
		secret := url.QueryEscape(p.secret)
		for range escapes % 3 {
			secret = url.QueryEscape(secret)
		}
		path, query, _ := strings.Cut(before, "?")
		rec.Target = Target(path + "?" + query + "&" + p.name + "=" + secret + "&" + after)
		if p.name == "note" && escapes&4 != 0 {
			rec.Target = Target(strings.ReplaceAll(path, "[", "") + "/" + url.PathEscape(p.secret) + "/?" + query + "&" + after)
		}
		planted := rec.Target
		r.Redact(&rec)
		text := string(rec.Target)
		for range 5 {
			if strings.Contains(text, bare(p.secret)) && !strings.Contains(before+after, bare(p.secret)) {
				t.Errorf("%q became %q", planted, rec.Target)
				break
			}
			text = querystring.Decode(text)
		}
		if !isMasked(string(planted), string(rec.Target)) {
			t.Errorf("%q became %q", planted, rec.Target)
		}
	})
}
