package recording

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

func isWord(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// unescape undoes the escapes of JSON strings within JSON strings.
func unescape(text string) string {
	for range 8 {
		if !strings.Contains(text, `\`) {
			break
		}
		var inner string
		if json.Unmarshal([]byte(`"`+text+`"`), &inner) != nil {
			break
		}
		text = inner
	}
	return text
}

func skipSpace(content []byte, i int) int {
	for i < len(content) {
		switch content[i] {
		case ' ', '\t', '\n', '\r':
			i++
		case '\\': // A line break or tab of JSON within a string.
			run := i
			for run < len(content) && content[run] == '\\' {
				run++
			}
			if run >= len(content) || (content[run] != 'n' && content[run] != 'r' && content[run] != 't') {
				return i
			}
			i = run + 1
		default:
			return i
		}
	}
	return i
}

// skipSpaceBack returns the end of what is before the white space that ends at i.
func skipSpaceBack(content []byte, i int) int {
	for i > 0 {
		switch c := content[i-1]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i--
		case i > 1 && content[i-2] == '\\' && (c == 'n' || c == 'r' || c == 't'):
			i--
			i -= backslashesBefore(content, i)
		default:
			return i
		}
	}
	return i
}

// backslashesBefore returns how many stand right before i.
func backslashesBefore(content []byte, i int) int {
	n := 0
	for n < i && content[i-1-n] == '\\' {
		n++
	}
	return n
}

// backslashes returns how many stand at i.
func backslashes(content []byte, i int) int {
	n := 0
	for i+n < len(content) && content[i+n] == '\\' {
		n++
	}
	return n
}

// valueEnd returns the end of the value that begins at i, and whether it is a string. quoting is that of its name.
func valueEnd(content []byte, i, quoting int) (int, bool) {
	if n := backslashes(content, i); i+n < len(content) && content[i+n] == '"' {
		// A block string of GraphQL.
		if block := bytes.Repeat(content[i:i+n+1], 3); bytes.HasPrefix(content[i:], block) {
			begin := i + len(block)
			if end := bytes.Index(content[begin:], block); end >= 0 {
				return begin + end + len(block), true
			}
			return len(content), true
		}
		return stringEnd(content, i+n+1, n), true
	}
	if n := backslashes(content, i); i+n < len(content) && content[i+n] == '\'' { // of Python and YAML, where '' is a ' within
		end := i + n + 1
		for {
			end = closingQuote(content, end, '\'', n)
			if end+2*n+1 >= len(content) || n > 0 || content[end+1] != '\'' || end == i+1 {
				return min(len(content), end+n+1), true
			}
			end += 2
		}
	}
	if content[i] == '{' || content[i] == '[' {
		depth := 0
		for i < len(content) {
			switch content[i] {
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1, false
				}
			case '\\', '"':
				n := backslashes(content, i)
				if i+n >= len(content) || content[i+n] != '"' {
					i += n
					continue
				}
				if n < quoting {
					return i, false // The string around ends.
				}
				i = stringEnd(content, i+n+1, n)
				continue
			}
			i++
		}
		return len(content), false
	}
	for i < len(content) && !bytes.ContainsRune([]byte(",}]\"\\&<\x00"), rune(content[i])) {
		r, size := utf8.DecodeRune(content[i:])
		if unicode.IsSpace(r) {
			break
		}
		i += size
	}
	return i, false
}

// stringEnd returns after the closing quote of the string whose first character is at i and whose quotes have quoting
// backslashes; or before the quote that ends a string around it; or the end of the content.
func stringEnd(content []byte, i, quoting int) int {
	for i < len(content) {
		next := bytes.IndexByte(content[i:], '"')
		if next < 0 {
			return len(content)
		}
		quote := i + next
		run := 0
		for run < next && content[quote-1-run] == '\\' {
			run++
		}
		if run < quoting {
			return quote - run
		}
		if closes(run, quoting) {
			return quote + 1
		}
		i = quote + 1
	}
	return len(content)
}

// closes reports whether a quote behind run backslashes closes a string whose own quotes are behind quoting of them. Each
// string around takes one level of escapes off: of run backslashes and a quote, half of the backslashes stay.
func closes(run, quoting int) bool {
	for quoting > 0 {
		if run%2 == 0 {
			return true // The string around ends here.
		}
		run, quoting = (run-1)/2, (quoting-1)/2
	}
	return run%2 == 0
}
