package recording

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// json masks the values of secret fields. It does not parse: what it looks for is a name, a colon and a value, anywhere,
// so that JSON that is broken, cut off, in lines, in events or within other text is masked as well. JSON within a
// string has its quotes behind backslashes: one, three within two strings, and so on. A name without quotes, as of a
// GraphQL argument, counts where its value is a string. A value that does not end reaches to the end of the content.
func (r *Redactor) json(content []byte) []byte {
	if len(r.fields) == 0 || bytes.IndexByte(content, ':') < 0 {
		return content
	}
	var masked []byte // Content up to copied, masked; nil until there is something to mask.
	copied := 0
	for i := 0; i < len(content); {
		name, ok := r.fieldAt(content, i)
		if !ok {
			i++
			continue
		}
		i = name.end
		// A value that is followed by a colon was a name after all, in JSON that is broken: its own value goes too.
		for {
			colon := skipSpace(content, i)
			if colon >= len(content) || content[colon] != ':' {
				break
			}
			start := skipSpace(content, colon+1)
			if start >= len(content) {
				break
			}
			end, isString := valueEnd(content, start, name.quoting)
			if end == start || (name.bare && !isString) {
				break
			}
			quoting := strings.Repeat(`\`, name.quoting)
			if name.bare {
				quoting = strings.Repeat(`\`, backslashes(content, start))
			}
			masked = append(masked, content[copied:start]...)
			masked = append(masked, quoting+`"`+Mask+quoting+`"`...)
			i, copied = end, end
		}
	}
	if masked == nil {
		return content
	}
	return append(masked, content[copied:]...)
}

// field is a secret name that was found.
type field struct {
	// end is after the name and its closing quote; quoting the number of backslashes before that; bare is without one.
	end, quoting int
	bare         bool
}

// fieldAt is the secret name that begins at i: at its first letter, or at its opening quote where it has escapes or
// other characters than those of words.
func (r *Redactor) fieldAt(content []byte, i int) (field, bool) {
	if content[i] == '"' {
		return r.quotedFieldAt(content, i)
	}
	if !r.initials[content[i]] || !isWord(content[i]) || (i > 0 && isWord(content[i-1])) {
		return field{}, false
	}
	end := i
	for end < len(content) && end-i <= r.maxName && isWord(content[end]) {
		end++
	}
	found := field{end: end, bare: true}
	if n := backslashes(content, end); end+n < len(content) && content[end+n] == '"' {
		found = field{end: end + n + 1, quoting: n}
	}
	colon := skipSpace(content, found.end)
	return found, colon < len(content) && content[colon] == ':' && r.fields[strings.ToLower(string(content[i:end]))]
}

func (r *Redactor) quotedFieldAt(content []byte, i int) (field, bool) {
	if i+1 == len(content) || (content[i+1] != '\\' && content[i+1] != ' ' && !r.initials[content[i+1]]) {
		return field{}, false
	}
	// An escape is six bytes for a letter, and each string around adds backslashes: two levels are looked for.
	limit := min(len(content), i+1+r.maxName*9+4)
	for end := i + 1; end < limit; end++ {
		if content[end] != '"' {
			continue
		}
		quoting := 0
		for end-1-quoting > i && content[end-1-quoting] == '\\' {
			quoting++
		}
		text := string(content[i+1 : end-quoting])
		return field{end: end + 1, quoting: quoting}, r.fields[strings.ToLower(strings.TrimSpace(unescape(text)))]
	}
	return field{}, false
}

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

// backslashes is how many stand at i.
func backslashes(content []byte, i int) int {
	n := 0
	for i+n < len(content) && content[i+n] == '\\' {
		n++
	}
	return n
}

// valueEnd is the end of the value that begins at i, and whether it is a string. quoting is that of its name.
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

// stringEnd is after the closing quote of the string whose first character is at i and whose quotes have quoting
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

// closes is whether a quote behind run backslashes closes a string whose own quotes are behind quoting of them. Each
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
