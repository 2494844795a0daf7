package pathpattern

import "strings"

// Unescape decodes one segment of a path, once (RFC 3986 section 2.1). What is no valid escape stands for itself.
func Unescape(segment string) string {
	if strings.IndexByte(segment, '%') < 0 {
		return segment
	}
	return string(appendUnescaped(make([]byte, 0, len(segment)), segment))
}

func appendUnescaped(to []byte, segment string) []byte {
	for segment != "" {
		var b byte
		b, segment, _ = next(segment)
		to = append(to, b)
	}
	return to
}

// next returns the first byte that text, which must not be empty, decodes to, what is behind it, and whether it was escaped.
func next(text string) (b byte, rest string, escaped bool) {
	if text[0] == '%' && len(text) > 2 {
		high, isHigh := digit(text[1])
		low, isLow := digit(text[2])
		if isHigh && isLow {
			return high<<4 | low, text[3:], true
		}
	}
	return text[0], text[1:], false
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// equal reports whether a segment decodes to text.
func equal(sent, text string) bool {
	if strings.IndexByte(sent, '%') < 0 {
		return sent == text
	}
	for sent != "" {
		var b byte
		if b, sent, _ = next(sent); text == "" || text[0] != b {
			return false
		}
		text = text[1:]
	}
	return text == ""
}
