package clickhouse

import (
	"strings"
	"testing"
)

func TestTextsAreQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `''`,
		"a b":                `'a b'`,
		"it's":               `'it\'s'`,
		`a\`:                 `'a\\'`,
		`\'; DROP TABLE x`:   `'\\\'; DROP TABLE x'`,
		"é\n\x00\x7f\xff\t":  `'\xc3\xa9\x0a\x00\x7f\xff\x09'`,
		"{p0:String} ? $1 `": "'{p0:String} ? $1 `'",
	} {
		if got := quoted(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if got := name("a`b\\"); got != "`a\\`b\\\\`" {
		t.Errorf("the identifier is %s", got)
	}
}

// FuzzQuoted reads literals as ClickHouse does: what is between the quotes is the text again, and nothing is behind them.
func FuzzQuoted(f *testing.F) {
	for _, seed := range []string{"", "'", `\`, `\'`, `'\`, "\x00\n\xff", "--", "/*", "é", `\x27`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, rest, ok := unquoted(quoted(text))
		if !ok || rest != "" || got != text {
			t.Errorf("%q is read as %q with %q behind it", text, got, rest)
		}
		for i := range len(quoted(text)) {
			if c := quoted(text)[i]; c < ' ' || c >= 0x7f {
				t.Errorf("%q has the byte %#x", quoted(text), c)
			}
		}
	})
}

// unquoted reads one literal by the rules of ClickHouse's lexer: a backslash takes what follows along, and the first quote without one
// is the end.
func unquoted(literal string) (text, rest string, ok bool) {
	literal, ok = strings.CutPrefix(literal, "'")
	if !ok {
		return "", "", false
	}
	var b strings.Builder
	for i := 0; i < len(literal); i++ {
		switch {
		case literal[i] == '\'':
			return b.String(), literal[i+1:], true
		case literal[i] == '\\' && strings.HasPrefix(literal[i:], `\x`) && i+3 < len(literal):
			high, low := strings.IndexByte("0123456789abcdef", literal[i+2]), strings.IndexByte("0123456789abcdef", literal[i+3])
			if high < 0 || low < 0 {
				return "", "", false
			}
			b.WriteByte(byte(high<<4 | low))
			i += 3
		case literal[i] == '\\' && i+1 < len(literal):
			i++
			b.WriteByte(literal[i])
		default:
			b.WriteByte(literal[i])
		}
	}
	return "", "", false
}

func TestParametersAreFieldsOfTabSeparatedValues(t *testing.T) {
	for text, want := range map[string]string{
		"a b'c": "a b'c", "a\tb\nc": `a\tb\nc`, `\N`: `\\N`, "\x00\r": `\0\r`, "é": "é",
	} {
		if got := parameter(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestListsAreNeverEmptyNorATuple(t *testing.T) {
	if got := numbers(nil) + numbers([]uint64{7}) + numbers([]uint64{1, 2}); got != "(0)(7)(1,2)" {
		t.Error(got)
	}
	same := func(k key) []uint64 { return k.numbers() }
	if got := tuples([]key{{1, 2}}, same); got != "((1,2),(1,2))" {
		t.Error(got)
	}
	if got := tuples([]key{{1, 2}, {3, 4}}, same); got != "((1,2),(3,4))" {
		t.Error(got)
	}
}
