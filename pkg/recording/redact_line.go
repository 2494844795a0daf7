package recording

import (
	"bytes"
	"slices"
)

// line returns where the value of a name without quotes is, as in a line of YAML, of a log or of the header of a mail, and
// what stands in its place. Where the name begins the line the value is the rest of it with the lines that are indented
// further, else what is up to the next white space or the quote around both.
func (r *Redactor) line(content []byte, name field, colon int) (start, end int, replacement string) {
	if name.start > 0 && content[name.start-1] == '$' {
		return 0, 0, "" // a variable of GraphQL is declared
	}
	l, first := lineStart(content, name.start)
	start = colon + 1
	for start < len(content) && (content[start] == ' ' || content[start] == '\t') {
		start++
	}
	switch {
	case first && l.lineBreak(content, start) > 0 && !name.rule.textOnly:
		return r.block(content, name, start, l.blockEnd(content, start))
	case start == colon+1 || start == len(content) || content[start] <= ' ':
		return 0, 0, "" // a port, a time, a scope
	}
	if first && content[start] == '!' { // a tag of YAML
		for start < len(content) && content[start] > ' ' {
			start++
		}
		for start < len(content) && content[start] == ' ' {
			start++
		}
	}
	if scheme := schemeEnd(content[start:]); scheme > 0 {
		start += scheme
	}
	if start == len(content) {
		return 0, 0, ""
	}
	switch c := content[start]; {
	case first && (c == '|' || c == '>'):
		head := l.end(content, start)
		return r.block(content, name, head, l.blockEnd(content, head))
	case bytes.IndexByte([]byte("<({|>,;\"'`"), c) >= 0, c == '[' && !first && !isReplaced(content[start:]), c == '=':
		return 0, 0, ""
	case c == '$' && isDeclared(content, start):
		return 0, 0, ""
	}
	switch {
	case first:
		end = l.blockEnd(content, l.end(content, start))
	case name.start > 0 && content[name.start-1] == '\'':
		end = closingQuote(content, start, '\'', backslashesBefore(content, name.start-1))
	default:
		end = wordEnd(content, start)
	}
	for end > start && bytes.IndexByte([]byte(" \t\r\n,;"), content[end-1]) >= 0 {
		end--
	}
	value := content[start:end]
	switch {
	case start == end, isType(value), replacedBytes(value) == len(value), !name.rule.secretValue(value):
		return 0, 0, ""
	case isNumber(value) && name.rule.action == masked:
		return start, end, maskedNumber
	}
	return start, end, r.replacement(name.rule.action, string(value))
}

// block replaces the lines that are the value of a name, between the end of its line and end.
func (r *Redactor) block(content []byte, name field, start, end int) (from, to int, replacement string) {
	from = skipSpace(content, start)
	if from >= end || replacedBytes(content[from:end]) == end-from {
		return 0, 0, ""
	}
	for end > from && bytes.IndexByte([]byte(" \t\r\n"), content[end-1]) >= 0 {
		end--
	}
	return from, end, r.replacement(name.rule.action, string(content[from:end]))
}

// wordEnd returns the end of a value that is followed by something else in its line.
func wordEnd(content []byte, i int) int {
	i += replacedBytes(content[i:])
	for i < len(content) && content[i] > ' ' && bytes.IndexByte([]byte("&;,\"'<>\\)]}"), content[i]) < 0 {
		i++
	}
	return i
}

// textLine is a line of text.
type textLine struct {
	// indent is how many spaces it begins with.
	indent int
	// quoting is how many backslashes quotes have around the string that it is in; -1 is in none.
	quoting int
}

// lineStart returns the line in which what is at i is the first, but for a dash, a comment or an export.
func lineStart(content []byte, i int) (line textLine, first bool) {
	for _, before := range []string{"", "- ", "export ", "set ", "# ", "data: ", "ENV "} {
		begin := i - len(before)
		if begin < 0 || string(content[begin:i]) != before {
			continue
		}
		n := begin
		for n > 0 && (content[n-1] == ' ' || content[n-1] == '\t') && begin-n < 1024 {
			n--
		}
		switch {
		case n == 0 || content[n-1] == '\n' || content[n-1] == '\r':
			return textLine{begin - n, -1}, true
		case n > 1 && content[n-2] == '\\' && content[n-1] == 'n':
			return textLine{begin - n, backslashesBefore(content, n-1) - 1}, true
		case content[n-1] == '"':
			return textLine{begin - n, backslashesBefore(content, n-1)}, true
		}
	}
	return textLine{}, false
}

// end returns the end of the line.
func (l textLine) end(content []byte, i int) int {
	for i < len(content) && l.lineBreak(content, i) == 0 && !l.stringEnds(content, i) {
		i++
	}
	return i
}

// stringEnds reports whether the string that the line is in ends at i.
func (l textLine) stringEnds(content []byte, i int) bool {
	if l.quoting < 0 || i >= len(content) {
		return false
	}
	before := backslashesBefore(content, i)
	switch content[i] {
	case '"':
		return before <= l.quoting
	case '\\':
		n := backslashes(content, i)
		return before == 0 && n <= l.quoting && i+n < len(content) && content[i+n] == '"'
	}
	return false
}

// lineBreak returns how long the line break is that is at i, an escape of JSON where the line is in a string; 0 where none is.
func (l textLine) lineBreak(content []byte, i int) int {
	if i >= len(content) {
		return 0
	}
	if l.quoting >= 0 {
		n := backslashes(content, i)
		if n == 0 || i+n >= len(content) || content[i+n] != 'n' && content[i+n] != 'r' {
			return 0
		}
		if content[i+n] == 'r' {
			return n + 1 + l.lineBreak(content, i+n+1)
		}
		return n + 1
	}
	switch {
	case content[i] == '\r' && i+1 < len(content) && content[i+1] == '\n':
		return 2
	case content[i] == '\r' || content[i] == '\n':
		return 1
	}
	return 0
}

// blockEnd returns the end of the lines after the line break at i that are indented further, or empty.
func (l textLine) blockEnd(content []byte, i int) int {
	for end := i; ; {
		size := l.lineBreak(content, end)
		if size == 0 {
			return i
		}
		begin := end + size
		at := begin
		for at < len(content) && (content[at] == ' ' || content[at] == '\t') {
			at++
		}
		if at >= len(content) {
			return i
		}
		if l.lineBreak(content, at) > 0 {
			end = at
			continue
		}
		if at-begin <= l.indent || l.stringEnds(content, at) {
			return i
		}
		i = l.end(content, at)
		end = i
	}
}

// schemeEnd returns how long the name of a scheme of authentication is that a value begins with, and the space after it.
func schemeEnd(value []byte) int {
	for _, scheme := range []string{"bearer ", "basic ", "digest ", "token ", "negotiate ", "apikey ", "bot "} {
		if len(value) > len(scheme) && bytes.EqualFold(value[:len(scheme)], []byte(scheme)) {
			return len(scheme)
		}
	}
	return 0
}

// isDeclared reports whether $name at i is a variable of GraphQL, which is declared before with a colon after it.
func isDeclared(content []byte, i int) bool {
	end := i + 1
	for end < len(content) && (isAlphanumeric(content[end]) || content[end] == '_') {
		end++
	}
	if end-i > maxNameBytes {
		return false
	}
	declaration := append(bytes.Clone(content[i:end]), ':')
	return bytes.Contains(content[max(0, i-8192):i], declaration)
}

var types = []string{
	"string", "str", "number", "int", "integer", "float", "boolean", "bool", "bytes", "any", "unknown", "object", "undefined", "none", "nil", "required",
	"optional", "string!", "int!", "id", "id!", "string?", "~",
}

// isType reports whether a value is a type of some language, as in a declaration, or says that there is none.
func isType(value []byte) bool {
	return len(value) < 12 && slices.Contains(types, string(bytes.ToLower(bytes.TrimRight(value, " ,;)"))))
}
