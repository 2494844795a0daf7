package http1

import (
	"net/http"
	"net/textproto"
	"strings"
)

// parseFields takes the field lines of a block apart (RFC 9112 section 5). Names come in the form that http.Header has, values as
// they are but for white space around them. A fold is a space, as section 5.2 has it: it cannot end a field for anybody.
func parseFields(block string) (http.Header, error) {
	count := strings.Count(block, "\n")
	header := make(http.Header, min(count, 64))
	values := make([]string, 0, count)
	last := ""
	for len(block) > 0 {
		line, rest, err := cutLine(block)
		if err != nil {
			return nil, err
		}
		block = rest
		if line[0] == ' ' || line[0] == '\t' {
			if last == "" {
				return nil, malformed("its first header begins with white space")
			}
			folded := header[last]
			value := trim(line)
			if !isValue(value) {
				return nil, malformed("the header %s has control characters", clip(last))
			}
			folded[len(folded)-1] = trim(folded[len(folded)-1] + " " + value)
			continue
		}
		name, value, err := cutField(line)
		if err != nil {
			return nil, err
		}
		last = textproto.CanonicalMIMEHeaderKey(name)
		if known, ok := header[last]; ok {
			header[last] = append(known, value)
			continue
		}
		// One array for the first value of each name.
		values = append(values, value)
		header[last] = values[len(values)-1 : len(values) : len(values)]
	}
	return header, nil
}

// cutLine cuts a line off that ends with CR LF and is not empty.
func cutLine(block string) (line, rest string, err error) {
	end := strings.IndexByte(block, '\n')
	if end < 1 || block[end-1] != '\r' {
		return "", "", malformed("a line ends without a carriage return")
	}
	if end == 1 {
		return "", "", malformed("a line is empty")
	}
	return block[:end-1], block[end+1:], nil
}

func cutField(line string) (name, value string, err error) {
	colon := 0
	for colon < len(line) && isTokenByte(line[colon]) {
		colon++
	}
	if colon == 0 || colon == len(line) || line[colon] != ':' {
		return "", "", malformed("the header %q has no valid name", clip(line))
	}
	name, value = line[:colon], trim(line[colon+1:])
	if !isValue(value) {
		return "", "", malformed("the header %s has control characters", clip(name))
	}
	return name, value, nil
}

// trim takes spaces and tabs off both ends.
func trim(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// isValue is whether s can be the value of a field: control characters may end a line where somebody else reads it (RFC 9110
// section 5.5).
func isValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isToken is whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool { return tokenBytes[c] }

var tokenBytes = bytesOf(letters + digits + "!#$%&'*+-.^_`|~")

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

func bytesOf(s string) (table [256]bool) {
	for i := range len(s) {
		table[s[i]] = true
	}
	return table
}

// hasToken is whether comma-separated lists have a token, in any case.
func hasToken(lists []string, token string) bool {
	for _, list := range lists {
		if strings.EqualFold(list, token) {
			return true
		}
		if len(list) <= len(token) {
			continue
		}
		for part := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(trim(part), token) {
				return true
			}
		}
	}
	return false
}
