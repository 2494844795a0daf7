package pathpattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Regexps returns the pattern as two regular expressions in the dialect of PostgreSQL (its advanced regular expressions), for
// paths that are compared where they are stored. Plain is for paths without escapes, and for those that are decoded already; it
// is empty where none of them can match. Escaped is for paths with escapes.
func (p *Pattern) Regexps() (plain, escaped string) {
	never := false
	plain = expression{
		literal: func(text string) string {
			if strings.ContainsAny(text, "/\x00") || !utf8.ValidString(text) {
				never = true
			}
			return quote(text)
		},
		one: `[^/]+`, many: `[^/]*`, across: `(.|\n)*`, begin: `^`, finish: `$`,
	}.write(p.text)
	if never || p.anywhere == nil && p.text == server {
		plain = ""
	}
	if p.anywhere == nil && p.text == server {
		return `^\*$`, escaped
	}
	// One byte as it is sent: escaped, or itself, as is a percent sign that begins no escape.
	const unit = `(%[0-9A-Fa-f]{2}|[^/%]|%(?![0-9A-Fa-f]{2}))`
	return plain, expression{literal: escapes, one: unit + `+`, many: unit + `*`, across: `(` + unit + `|/)*`, begin: `^`, finish: `$`}.write(p.text)
}

// escapes matches text however it is escaped.
func escapes(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		hex := ""
		for _, c := range []byte(text[i : i+size]) {
			hex += "%" + anyCase(fmt.Sprintf("%02X", c))
		}
		switch {
		case r == utf8.RuneError && size == 1, r == 0, r == '/':
			b.WriteString(hex)
		case r == '%':
			b.WriteString("(" + hex + "|%(?![0-9A-Fa-f]{2}))")
		default:
			b.WriteString("(" + quote(string(r)) + "|" + hex + ")")
		}
		i += size
	}
	return b.String()
}

func anyCase(hex string) string {
	var b strings.Builder
	for _, c := range hex {
		if c >= 'A' {
			b.WriteString("[" + string(c) + strings.ToLower(string(c)) + "]")
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// quote escapes ASCII punctuation, which is literal after a backslash.
func quote(literal string) string {
	var b strings.Builder
	for _, r := range literal {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
