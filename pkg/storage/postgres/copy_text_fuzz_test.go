package postgres

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var copied = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r")

// FuzzWhatIsEscapedForCOPYIsReadAsItWas reads it as PostgreSQL does (documentation of COPY, Text Format).
func FuzzWhatIsEscapedForCOPYIsReadAsItWas(f *testing.F) {
	for _, text := range []string{"", `\`, "a\tb", `\n`, strings.Repeat("x", 511) + "\\\n\r", strings.Repeat("x", 1536) + "\t"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		row := string(appendEscaped([]byte("1\t"), text))
		escaped, ok := strings.CutPrefix(row, "1\t")
		if !ok || strings.ContainsAny(escaped, "\t\n\r") {
			t.Fatalf("%q became %q, which is not one column", text, row)
		}
		if got := copied.Replace(escaped); got != text {
			t.Errorf("%q became %q, which is read as %q", text, escaped, got)
		}
		if same := string(appendEscaped([]byte("1\t"), []byte(text))); same != row {
			t.Errorf("bytes became %q, text %q", same, row)
		}
	})
}

func FuzzHeadersAreStoredAsTheJSONThatTheyAre(f *testing.F) {
	f.Add("Content-Type", "application/json", "text/html; charset=\"utf-8\"")
	f.Add("", "\x00\x1f\x7f\u2028<>&", "\xff\xfe")
	f.Add("\n\t\\\"", "ü€😀", "\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, name, one, other string) {
		values := recording.Values{name: {one, other}, "Fixed": {}}
		text := new(copyText)
		text.values(values)
		text.values(nil)
		document, isOne := strings.CutSuffix(string(text.rows), "\t\\N\t")
		if !isOne {
			t.Fatalf("the columns are %q", text.rows)
		}
		var got recording.Values
		if err := json.Unmarshal([]byte(copied.Replace(document)), &got); err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if diff := cmp.Diff(values.AsText(), got); diff != "" {
			t.Error(diff)
		}
	})
}
