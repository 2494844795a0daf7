package field

import (
	"iter"
	"strings"
)

// The bytes of which tokens and paths are made.
const (
	Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	Digits  = "0123456789"
)

// Table has the bytes of a text.
func Table(s string) (table [256]bool) {
	for i := range len(s) {
		table[s[i]] = true
	}
	return table
}

var tokenBytes = Table(Letters + Digits + "!#$%&'*+-.^_`|~")

// IsToken reports whether s is a token (RFC 9110 section 5.6.2).
func IsToken(s string) bool {
	for i := range len(s) {
		if !tokenBytes[s[i]] {
			return false
		}
	}
	return s != ""
}

// IsValue reports whether s can be the value of a field: control characters may end a line where somebody else reads it (RFC 9110
// section 5.5).
func IsValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// IsTarget reports whether s can stand in a request line: it has no white space and no control characters.
func IsTarget(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}

// Trim takes spaces and tabs off both ends.
func Trim(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// HasToken reports whether comma-separated lists have a token, in any case.
func HasToken(lists []string, token string) bool {
	for _, list := range lists {
		if strings.EqualFold(list, token) {
			return true
		}
		if len(list) <= len(token) {
			continue
		}
		for part := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(Trim(part), token) {
				return true
			}
		}
	}
	return false
}

// Elements returns the elements of a comma-separated list, without the white space around them; empty ones are none (RFC 9110
// section 5.6.1).
func Elements(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(list, ",") {
			if part = Trim(part); part != "" && !yield(part) {
				return
			}
		}
	}
}
