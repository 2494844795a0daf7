package recording

import (
	"strings"
	"unicode/utf8"
)

// AsText returns value as JSON and databases can hold it: U+0000 becomes its picture U+2400, a byte that is not UTF-8 the character
// that it is in ISO 8859-1, the historical encoding of header fields (RFC 9110 section 5.5).
func AsText(value string) string {
	if isText(value) {
		return value
	}
	var b strings.Builder
	b.Grow(len(value) + len(value)/2)
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(rune(value[i]))
		case r == 0:
			b.WriteRune('\u2400')
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

func isText(value string) bool {
	for i := range len(value) {
		if value[i] == 0 || value[i] >= utf8.RuneSelf {
			return strings.IndexByte(value, 0) < 0 && utf8.ValidString(value)
		}
	}
	return true
}

// isPlain reports whether value is ASCII, and text.
func isPlain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c == 0 || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isASCII(value string) bool {
	for i := range len(value) {
		if value[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
