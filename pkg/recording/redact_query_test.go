package recording

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

func TestSecretsAreReplacedInParametersAsInTheTarget(t *testing.T) {
	all := DefaultRedaction()
	all.Detectors, all.Patterns = detectorNames[:], []string{`PAT-\d+`}
	r := redactor(t, all)
	for target, want := range map[string]Values{
		"/?a=1;token=s3cret":                 {"a": {"1;token=[redacted]"}},
		"/?a=1;b=2;token=s3cret;c":           {"a": {"1;b=2;token=[redacted]"}},
		"/?;token=s3cret&b=2":                {";token": {"[redacted]"}, "b": {"2"}},
		"/?pct=100%&token=s3cret":            {"pct": {"100%"}, "token": {"[redacted]"}},
		"/?token=s3cret%&k=v":                {"token": {"[redacted]"}, "k": {"v"}},
		"/?token=%zzs3cret&token=2":          {"token": {"[redacted]", "[redacted]"}},
		"/?to%6Ben=s3cret%2&%":               {"token": {"[redacted]"}, "%": {""}},
		"/?to%256Ben=s3cret":                 {"to%6Ben": {"[redacted]"}},
		"/?next=%252Fx%253Ftoken%253Ds3cret": {"next": {"%2Fx%3Ftoken%3D[redacted]"}},
		"/?x=%&PAT-1;b=PAT-2":                {"x": {"%"}, "[redacted];b": {"[redacted]"}},
		"/?a=1&b=100%;":                      {"a": {"1"}, "b": {"100%;"}},
	} {
		rec := Recording{Target: Target(target), QueryParams: Target(target).Parameters()}
		r.Redact(&rec)
		if diff := cmp.Diff(want, rec.QueryParams); diff != "" {
			t.Errorf("%s, which became %s: %s", target, rec.Target, diff)
		}
		again := rec
		if r.Redact(&again); !cmp.Equal(again.QueryParams, rec.QueryParams) {
			t.Errorf("redacted again, %v became %v", rec.QueryParams, again.QueryParams)
		}
	}
}

func FuzzNoParameterKeepsASecret(f *testing.F) {
	for i := range plantedSecrets {
		for _, around := range [][2]string{{"/?a=1;", ";b=2"}, {"/?pct=100%&", "&k=v"}, {"/?a=%zz&", "%"}, {"/x?;;", "&%&+"}, {"/?q=;=", ";&"}} {
			f.Add(around[0], around[1], uint8(i), uint8(i/2))
		}
	}
	all := DefaultRedaction()
	all.Detectors, all.Patterns = detectorNames[:], []string{`PAT-\d+`}
	hash, drop := all, all
	hash.Action, hash.HashKey, drop.Action = "hash", hashKey, "drop"
	redactors := []*Redactor{redactor(f, all), redactor(f, hash), redactor(f, drop)}
	f.Fuzz(func(t *testing.T, before, after string, which, escapes uint8) {
		p := plantedSecrets[int(which)%len(plantedSecrets)]
		if strings.Contains(before+after, bare(p.secret)) || strings.Contains(before+after, Mask[:1]) {
			return
		}
		secret := url.QueryEscape(p.secret)
		for range escapes % 3 {
			secret = url.QueryEscape(secret)
		}
		if escapes&4 != 0 {
			before += "&"
		}
		path, query, _ := strings.Cut(before, "?")
		if query != "" && !strings.HasSuffix(query, "&") && !strings.HasSuffix(query, ";") {
			query += "&"
		}
		planted := Target(path + "?" + query + p.name + "=" + secret + "&" + after)
		for _, r := range redactors {
			rec := Recording{Target: planted, QueryParams: planted.Parameters()}
			r.Redact(&rec)
			texts := []string{string(rec.Target)}
			for name, values := range rec.QueryParams {
				texts = append(slices.Concat(texts, values), name)
			}
			for _, text := range texts {
				for range 5 {
					if strings.Contains(text, bare(p.secret)) {
						t.Fatalf("%q became %q and %q", planted, rec.Target, rec.QueryParams)
					}
					text = querystring.Decode(text)
				}
			}
		}
	})
}
