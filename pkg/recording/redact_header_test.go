package recording

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsMaskedInHeadersIsMaskedInTheirForm(t *testing.T) {
	custom := DefaultRedaction()
	custom.Patterns, custom.HashKey = []string{"schlüssel-[0-9]+", `PAT-\d+`}, hashKey
	drop, hash := custom, custom
	drop.Action, hash.Action = "drop", "hash"
	r := captured(
		HeaderLine{"x-b", "\xe9"}, HeaderLine{"AUTHORIZATION", "S3CRET\xe9"}, HeaderLine{"x-note", "Jos\xe9 PAT-1234567"}, HeaderLine{"X-Api-Key", "S3CRET"},
		HeaderLine{"X-note", "schl\xfcssel-1234567"}, HeaderLine{"cookie", "a=S3CRET\xe9; b=c"}, HeaderLine{"x-B", "2"},
	)
	for name, test := range map[string]struct {
		redaction Redaction
		want      []HeaderLine
	}{
		"mask": {custom, []HeaderLine{
			{"x-b", "\xe9"}, {"AUTHORIZATION", Mask}, {"x-note", "Jos\xe9 " + Mask}, {"X-Api-Key", Mask}, {"X-note", Mask}, {"cookie", "a=" + Mask + "; b=" + Mask}, {"x-B", "2"},
		}},
		"drop": {drop, []HeaderLine{{"x-b", "\xe9"}, {"x-note", "Jos\xe9 "}, {"X-note", ""}, {"x-B", "2"}}},
		"hash": {hash, nil},
	} {
		// As it is captured, and as it is read again from where it was written.
		for at, r := range map[string]Recording{"captured": r, "read": written(t, r)} {
			redactor(t, test.redaction).Redact(&r)
			if diff := cmp.Diff(test.want, r.HeaderLines()); test.want != nil && diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, at, diff)
			}
			for _, lines := range [][]HeaderLine{r.HeaderLines(), r.ResponseHeaderLines()} {
				if lines[0] != (HeaderLine{"x-b", "\xe9"}) || lines[len(lines)-1] != (HeaderLine{"x-B", "2"}) {
					t.Errorf("%s, %s: what is no secret has become %q", name, at, lines)
				}
			}
			for _, secret := range []string{"S3CRET", "1234567"} {
				if where := holds(t, r, secret); where != "" {
					t.Errorf("%s, %s: a secret is in %s", name, at, where)
				}
			}
		}
	}
}

// holds returns where a recording or one of its exports has a text, also as the bytes of a form.
func holds(t testing.TB, r Recording, text string) string {
	t.Helper()
	for _, format := range Formats() {
		var b bytes.Buffer
		if err := format.Write(&b, sequence(r)); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b.Bytes(), []byte(text)) {
			return format.Name
		}
	}
	for name, form := range map[string]HeaderForm{"header_form": r.HeaderForm, "response_header_form": r.ResponseHeaderForm} {
		for part := range strings.SplitSeq(string(form), " ") {
			_, encoded, _ := strings.Cut(part, ":")
			if decoded, err := base64.StdEncoding.DecodeString(encoded); err != nil || bytes.Contains(decoded, []byte(text)) {
				return name
			}
		}
	}
	for name, values := range map[string]Values{"headers": r.Headers, "response_headers": r.ResponseHeaders} {
		for _, list := range values {
			if strings.Contains(strings.Join(list, "\n"), text) {
				return name
			}
		}
	}
	for name, lines := range map[string][]HeaderLine{"HeaderLines": r.HeaderLines(), "ResponseHeaderLines": r.ResponseHeaderLines()} {
		for _, line := range lines {
			if strings.Contains(line.Value, text) {
				return name
			}
		}
	}
	return ""
}

func FuzzASecretInAHeaderStaysInNeitherForm(f *testing.F) {
	for which := range plantedSecrets {
		f.Add(uint8(which), uint8(which), "x-a", "\xe9", "x-b: \xff\nX-B: 2\nx-note: é")
		f.Add(uint8(which), uint8(which+1), "AUTHORIZATION", "", "x-b: 1")
	}
	mask := DefaultRedaction()
	mask.Detectors, mask.Patterns = detectorNames[:], []string{`PAT-\d+`}
	hash, drop := mask, mask
	hash.Action, hash.HashKey, drop.Action = "hash", hashKey, "drop"
	redactors := []*Redactor{redactor(f, mask), redactor(f, hash), redactor(f, drop)}
	f.Fuzz(func(t *testing.T, which, action uint8, name, behind, others string) {
		p := plantedSecrets[int(which)%len(plantedSecrets)]
		secret := p.secret
		if p.name != "note" {
			name, secret = []string{"authorization", "Cookie", "X-Api-KEY", "x-session-token"}[int(action/3)%4], p.name+"="+p.secret
		}
		lines := linesOf(name + ": " + secret + " " + behind + "\n" + others + "\n" + name + ": " + behind + " " + secret)
		if strings.Contains(behind+others, bare(p.secret)) || len(lines) < 2 || strings.ContainsAny(behind, "\n") {
			return
		}
		for _, r := range []Recording{captured(lines...), written(t, captured(lines...))} {
			shared := r.Headers
			before := len(shared)
			redactors[int(action)%len(redactors)].Redact(&r)
			if len(shared) != before {
				t.Error("what others hold was changed")
			}
			if err := r.CheckForms(); err != nil {
				t.Error(err)
			}
			if where := holds(t, r, bare(p.secret)); where != "" {
				t.Errorf("%q is in %s of %q", bare(p.secret), where, r.HeaderLines())
			}
		}
	})
}
