package recording

import (
	"bytes"
	"encoding/json"
	"strings"
)

// json replaces the values of secret fields. It does not parse: what it looks for is a name, a colon and a value,
// anywhere, so that JSON that is broken, cut off, in lines, in events or within other text is searched as well, however
// deep it is. JSON within a string has its quotes behind backslashes: one, three within two strings, and so on. A name
// without quotes counts where its value is a string, as of a GraphQL argument, or where it is a line of text or YAML. A
// value that does not end reaches to the end of the content.
//
// levels tells pairs where it has to look.
func (r *Redactor) json(content []byte) (clean []byte, levels pairLevels) {
	var out []byte // Content up to copied, replaced; nil until there is something to replace.
	copied := 0
	for at := 0; ; {
		next := bytes.IndexByte(content[at:], ':')
		if next < 0 {
			break
		}
		colon := at + next
		at = colon + 1
		end := skipSpaceBack(content, colon)
		if end <= copied {
			continue
		}
		quote := content[end-1]
		if quote != '"' && quote != '\'' {
			quote = 0
			if !r.fields.may(content, end) {
				continue
			}
		} else {
			end -= 1 + backslashesBefore(content, end-1)
			if pairNames.may(content, end) {
				r.pairAt(content, end, colon, &levels)
			}
			if !r.fields.may(content, end) {
				continue
			}
		}
		name, ok := r.fieldBefore(content, copied, end, quote)
		if !ok {
			continue
		}
		start := skipSpace(content, colon+1)
		if name.bare && !isQuoted(content, start) {
			if start, end, replacement := r.line(content, name, colon); start < end {
				out = append(append(out, content[copied:start]...), replacement...)
				copied, at = end, end
			}
			continue
		}
		// A value that is followed by a colon was a name after all, in JSON that is broken: its own value goes too.
		for start < len(content) {
			end, isString := valueEnd(content, start, name.quoting)
			if end == start {
				break
			}
			if !name.rule.secretValue(content[start:end]) {
				break
			}
			out, copied = r.replaceValue(out, content, copied, start, end, name)
			at = copied
			after := skipSpace(content, end)
			if copied > after || after >= len(content) || content[after] != ':' || !isString && name.bare {
				break
			}
			start = skipSpace(content, after+1)
		}
	}
	if out == nil {
		return content, levels
	}
	return append(out, content[copied:]...), levels
}

// secretValue reports whether a value of JSON under the name of a secret can be one: null, true and false are none.
func (n nameRule) secretValue(value []byte) bool {
	if isWord(value[0]) || value[0] == '.' { // a number, or a word
		return !isLiteral(value) && (!n.textOnly || !isNumber(value))
	}
	if !n.textOnly || value[0] != '{' && value[0] != '[' {
		return true
	}
	inner := skipSpace(value, 1)
	return value[0] == '[' && isQuoted(value, inner)
}

func isLiteral(value []byte) bool {
	switch string(value) {
	case "null", "true", "false":
		return true
	}
	return false
}

// isNumber reports whether a value is a number of JSON (RFC 8259, section 6).
func isNumber(value []byte) bool {
	return len(value) > 0 && (isDigit(value[0]) || value[0] == '-') && json.Valid(value)
}

// isQuoted reports whether a string begins at i, behind backslashes or not.
func isQuoted(content []byte, i int) bool {
	i += backslashes(content, i)
	return i < len(content) && (content[i] == '"' || content[i] == '\'')
}

// replaceValue appends content up to end to out, with the value at start replaced, or with the whole field left out.
func (r *Redactor) replaceValue(out, content []byte, copied, start, end int, name field) ([]byte, int) {
	if name.rule.action == dropped && !name.bare && name.start >= copied {
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
	return append(out, r.jsonReplacement(name, content[start:end])...), end
}

// maskedNumber stands in place of a number, so that what reads numbers still does.
const maskedNumber = "0"

// jsonReplacement returns what stands in place of a value: a string, or for a number that is masked another number.
func (r *Redactor) jsonReplacement(name field, value []byte) string {
	number := isNumber(value)
	if number && name.rule.action == masked {
		return maskedNumber
	}
	quote := strings.Repeat(`\`, name.quoting) + name.quote()
	if n := backslashes(value, 0); name.bare && n < len(value) {
		quote = string(value[:n+1])
	}
	text := Mask
	if name.rule.action == hashed {
		text = r.hash(plainValue(value, name.quoting))
	}
	return quote + text + quote
}

// plainValue returns a value of JSON as text: a string without its quotes and escapes, all else as it is.
func plainValue(value []byte, quoting int) string {
	text := string(value)
	quote := strings.Repeat(`\`, quoting) + `"`
	inner, isString := strings.CutPrefix(text, quote)
	if !isString {
		return strings.Trim(text, "'")
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
	// start is its opening quote, or the backslashes before that, or -1 where that is not known; quoting is how many these
	// are; bare is without quotes, single with single ones.
	start, quoting int
	bare, single   bool
	rule           nameRule
}

func (f *field) quote() string {
	if f.single {
		return "'"
	}
	return `"`
}

// fieldBefore returns the secret name that ends at end, before the quote where it has any. Names are read backwards, since
// colons are few, and most names are none after two or three letters. What is before from was looked at already.
func (r *Redactor) fieldBefore(content []byte, from, end int, quote byte) (field, bool) {
	f := field{start: -1, bare: quote == 0, single: quote == '\''}
	letters := bareName
	if !f.bare {
		letters, f.quoting = quotedName, backslashes(content, end)
	}
	seen := lookBack(r.fields, content, 0, end, letters)
	f.rule = seen.rule
	if seen.odd && !seen.secret && !f.bare {
		if opening := openingQuote(content, end, quote); opening >= 0 {
			f.rule, seen.secret = r.fields.find(unescape(string(content[opening+1 : end])))
		}
	}
	if !seen.secret {
		return f, false
	}
	if f.bare {
		f.start = nameBegin(content, from, seen.begin)
	} else if opening := openingQuote(content, end, quote); opening >= 0 {
		f.start = opening - backslashesBefore(content, opening)
	}
	return f, true
}

// nameBegin returns where a name without quotes begins that has a letter at i.
func nameBegin(content []byte, low, i int) int {
	for n := 0; i > low && n < maxNameBytes && bareName[content[i-1]] <= between && !escapeEndsAt(content, i); n++ {
		i--
	}
	return i
}

// openingQuote returns the last quote before end, as far as a name with escapes may be long; -1 where there is none.
func openingQuote(content []byte, end int, quote byte) int {
	window := max(0, end-2*maxNameBytes)
	if at := bytes.LastIndexByte(content[window:end], quote); at >= 0 {
		return window + at
	}
	return -1
}
