package recording

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// json replaces the values of secret fields. It does not parse: what it looks for is a name, a colon and a value,
// anywhere, so that JSON that is broken, cut off, in lines, in events or within other text is searched as well. JSON
// within a string has its quotes behind backslashes: one, three within two strings, and so on. A name without quotes, as
// of a GraphQL argument, counts where its value is a string. A value that does not end reaches to the end of the content.
func (r *Redactor) json(content []byte) []byte {
	if len(r.fields) == 0 {
		return content
	}
	var out []byte // Content up to copied, replaced; nil until there is something to replace.
	copied := 0
	for at := 0; ; {
		next := bytes.IndexByte(content[at:], ':')
		if next < 0 {
			break
		}
		colon := at + next
		at = colon + 1
		name, ok := r.fieldBefore(content, copied, colon)
		if !ok {
			continue
		}
		i := colon
		// A value that is followed by a colon was a name after all, in JSON that is broken: its own value goes too.
		for i < len(content) && content[i] == ':' {
			start := skipSpace(content, i+1)
			if start >= len(content) {
				break
			}
			end, isString := valueEnd(content, start, name.quoting)
			if end == start || (name.bare && !isString) {
				break
			}
			out, copied = r.replaceValue(out, content, copied, start, end, name)
			at = copied
			if i = skipSpace(content, end); copied > i {
				break // It was left out with the comma after it.
			}
		}
	}
	if out == nil {
		return content
	}
	return append(out, content[copied:]...)
}

// replaceValue appends content up to end to out, with the value at start replaced, or with the whole field left out.
func (r *Redactor) replaceValue(out, content []byte, copied, start, end int, name field) ([]byte, int) {
	if name.action == dropped && !name.bare && name.start >= copied {
		out = append(out, content[copied:name.start]...)
		if out == nil {
			out = []byte{}
		}
		if after := skipSpace(content, end); after < len(content) && content[after] == ',' {
			return out, skipSpace(content, after+1)
		}
		if before := skipSpaceBack(out, len(out)); before > 0 && out[before-1] == ',' {
			out = out[:before-1]
		}
		return out, end
	}
	out = append(out, content[copied:start]...)
	quote := strings.Repeat(`\`, name.quoting) + `"`
	if name.bare {
		quote = strings.Repeat(`\`, backslashes(content, start)) + `"`
	}
	text := Mask
	if name.action == hashed {
		text = r.hash(plainValue(content[start:end], name.quoting))
	}
	out = append(out, quote...)
	out = append(out, text...)
	return append(out, quote...), end
}

// plainValue is a value of JSON as text: a string without its quotes and escapes, all else as it is.
func plainValue(value []byte, quoting int) string {
	text := string(value)
	quote := strings.Repeat(`\`, quoting) + `"`
	inner, isString := strings.CutPrefix(text, quote)
	if !isString {
		return text
	}
	inner = strings.TrimSuffix(inner, quote)
	for ; ; quoting = (quoting - 1) / 2 { // As many strings are around it as halve the backslashes.
		var plain string
		if json.Unmarshal([]byte(`"`+inner+`"`), &plain) != nil {
			return inner
		}
		if inner = plain; quoting == 0 {
			return inner
		}
	}
}

// field is a secret name that was found.
type field struct {
	// start is its opening quote, or the backslashes before that; quoting is how many these are; bare is without quotes.
	start, quoting int
	bare           bool
	action         action
}

// fieldBefore is the secret name that ends before the colon. It is looked for from the colon backwards, since colons are
// few: the word that ends there, or all that is in its quotes where that has escapes or other characters than words.
// What is before from was looked at already.
func (r *Redactor) fieldBefore(content []byte, from, colon int) (field, bool) {
	end := skipSpaceBack(content, colon)
	if end <= from {
		return field{}, false
	}
	found := field{start: len(content), bare: true}
	if content[end-1] == '"' {
		found.bare, found.quoting = false, backslashesBefore(content, end-1)
		end -= 1 + found.quoting
	}
	begin := end
	for begin > 0 && end-begin <= r.names.longest && isWord(content[begin-1]) {
		begin--
	}
	opening := -1
	if begin > 0 && content[begin-1] == '"' {
		opening = begin - 1
	}
	a, ok := r.names.find(r.fields, content[begin:end])
	if !ok && !found.bare && opening < 0 {
		// An escape is six bytes for a letter, and each string around adds backslashes: two levels are looked for.
		window := max(0, end-r.names.longest*9-4)
		if quote := bytes.LastIndexByte(content[window:end], '"'); quote >= 0 {
			opening = window + quote
			text := content[opening+1 : end]
			if bytes.IndexByte(text, '\\') >= 0 || bytes.IndexByte(text, ' ') >= 0 || r.names.special {
				a, ok = r.fields[strings.ToLower(strings.TrimSpace(unescape(string(text))))]
			}
		}
	}
	if ok && opening >= 0 {
		found.start = opening - backslashesBefore(content, opening)
	} else {
		found.start = -1
	}
	found.action = a
	return found, ok
}

// nameFilter tells of most names quickly that they are no secret field.
type nameFilter struct {
	longest int
	// lengths are those that names have, up to 63; ends the bytes that they end with, in any case. special is whether one
	// has other characters than those of words.
	lengths uint64
	ends    [256]bool
	special bool
}

func newNameFilter(names map[string]action) nameFilter {
	var f nameFilter
	for name := range names {
		f.longest = max(f.longest, len(name))
		f.lengths |= 1 << min(len(name), 63)
		last := name[len(name)-1]
		f.ends[last] = true
		if 'a' <= last && last <= 'z' {
			f.ends[last-'a'+'A'] = true
		}
		for i := range len(name) {
			f.special = f.special || !isWord(name[i])
		}
	}
	return f
}

func (f *nameFilter) find(names map[string]action, word []byte) (action, bool) {
	if len(word) == 0 || len(word) > f.longest || f.lengths&(1<<min(len(word), 63)) == 0 || !f.ends[word[len(word)-1]] {
		return masked, false
	}
	var lower [64]byte
	if len(word) > len(lower) {
		a, ok := names[strings.ToLower(string(word))]
		return a, ok
	}
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	a, ok := names[string(lower[:len(word)])]
	return a, ok
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

// skipSpaceBack is the end of what is before the white space that ends at i.
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

// backslashesBefore is how many stand right before i.
func backslashesBefore(content []byte, i int) int {
	n := 0
	for n < i && content[i-1-n] == '\\' {
		n++
	}
	return n
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
