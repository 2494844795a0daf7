package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a path segment looks like.
type kind uint8

const (
	literal kind = iota
	identifier
	date
	email
	kinds // how many there are
)

// parameter returns the name that a kind of segment has in a template.
func (k kind) parameter() string {
	switch k {
	case date:
		return "date"
	case email:
		return "email"
	default:
		return "id"
	}
}

// maxLiteral is the longest segment, in bytes, that can be part of a template as it is.
const maxLiteral = 64

// classify says what one path segment looks like: a number, UUID (RFC 9562), ULID, hexadecimal or base64 token, a
// word with a number such as ORD-1234, a date (RFC 3339), an e-mail address, or none of these. It allocates nothing.
func classify(s string) kind {
	switch {
	case len(s) > maxLiteral || !printable(s):
		return identifier
	case isDate(s):
		return date
	case isEmail(s):
		return email
	case isNumber(s), isUUID(s), isULID(s), isHex(s), isToken(s), isNumbered(s):
		return identifier
	}
	return literal
}

// printable reports whether s may stand in a template: valid UTF-8 without control characters, spaces and what means something in
// paths and their patterns.
func printable(s string) bool {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '{', '}', '*', '/', '%', '?', '#':
			return false
		}
		if r == utf8.RuneError && n == 1 || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			return false
		}
		i += n
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isHexDigit(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isNumber reports whether a segment is an integer, a decimal or a pair such as 52.5,-13.4.
func isNumber(s string) bool {
	digits := false
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits = true
		case c == '.' || c == ',' || c == '-' || c == '+':
		default:
			return false
		}
	}
	return digits
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !isHexDigit(s[i]) {
				return false
			}
		}
	}
	return true
}

// isULID reports whether a segment is 26 characters of Crockford's base 32 that begin with 0 to 7.
func isULID(s string) bool {
	if len(s) != 26 || s[0] < '0' || s[0] > '7' {
		return false
	}
	for i := range len(s) {
		c := s[i] &^ 0x20 // upper case of a letter
		if !isDigit(s[i]) && (!isUpper(c) || c == 'I' || c == 'L' || c == 'O' || c == 'U') {
			return false
		}
	}
	return true
}

// isHex reports whether a segment is eight or more hexadecimal digits with at least one figure: words such as "facade" are literals.
func isHex(s string) bool {
	s = strings.TrimPrefix(s, "0x")
	if len(s) < 8 {
		return false
	}
	digits := false
	for i := range len(s) {
		if !isHexDigit(s[i]) {
			return false
		}
		digits = digits || isDigit(s[i])
	}
	return digits
}

// isToken reports whether a segment is random-looking text of base 62 or base 64: 16 and more characters that change between letters and
// figures often. Slugs and camelCase words seldom do.
func isToken(s string) bool {
	if len(s) < 16 {
		return false
	}
	changes, last := 0, byte(0)
	for i := range len(s) {
		class := byte('a')
		switch c := s[i]; {
		case isDigit(c):
			class = '0'
		case isLower(c), isUpper(c):
		case c == '-' || c == '_' || c == '=' || c == '+' || c == '.':
			continue
		default:
			return false
		}
		if last != 0 && class != last {
			changes++
		}
		last = class
	}
	return changes >= 4
}

// isNumbered reports whether a segment is a word, a separator and a number of three or more figures or a token: ORD-1234, usr_01HZX5….
func isNumbered(s string) bool {
	cut := strings.IndexAny(s, "-_:")
	if cut < 1 || cut > 16 {
		return false
	}
	for i := range cut {
		if !isLower(s[i]) && !isUpper(s[i]) {
			return false
		}
	}
	rest := s[cut+1:]
	if len(rest) >= 3 {
		all := true
		for i := range len(rest) {
			all = all && isDigit(rest[i])
		}
		if all {
			return true
		}
	}
	return isUUID(rest) || isULID(rest) || isHex(rest) || isToken(rest)
}

// isDate reports whether a segment is a date such as 2026-11-23 or 2026-11, or an RFC 3339 time.
func isDate(s string) bool {
	if len(s) < 7 || len(s) > 35 || s[4] != '-' || !isDigit(s[0]) || !isDigit(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return false
	}
	if !isDigit(s[5]) || !isDigit(s[6]) || s[5] > '1' {
		return false
	}
	if len(s) == 7 {
		return true
	}
	if len(s) < 10 || s[7] != '-' || !isDigit(s[8]) || !isDigit(s[9]) {
		return false
	}
	return len(s) == 10 || s[10] == 'T' || s[10] == 't'
}

func isEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	after := at + 1
	if at < 0 {
		if at = strings.Index(s, "%40"); at < 0 {
			return false
		}
		after = at + 3
	}
	dot := strings.LastIndexByte(s, '.')
	return at > 0 && dot > after && dot < len(s)-1
}
