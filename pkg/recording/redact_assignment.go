package recording

import (
	"bytes"
	"encoding/hex"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

// assignments replaces the values of secret names before a =, as in attributes of XML, forms whose type nobody tells,
// URLs, connection strings and lines of logs: up to the closing quote, or without quotes up to white space or what
// separates values.
func (r *Redactor) assignments(content []byte) []byte {
	var out []byte
	copied := 0
	for at := 0; ; {
		next := bytes.IndexByte(content[at:], '=')
		if next < 0 {
			break
		}
		equals := at + next
		at = equals + 1
		end := skipSpaceBack(content, equals)
		rule, begin, secret := r.assigned(content, copied, end)
		inURL := secret && isParameterAt(content, begin)
		if !secret {
			continue
		}
		start := skipSpace(content, equals+1)
		quoting := backslashes(content, start)
		var stop int
		switch quote := start + quoting; {
		case quote >= len(content):
			continue
		case content[quote] == '"' || content[quote] == '\'':
			start = quote + 1
			stop = closingQuote(content, start, content[quote], quoting)
		case content[start] == '=' || content[start] == '>':
			continue // a comparison
		case end < equals || start > equals+1:
			// A line of settings, or else a sentence.
			l, first := lineStart(content, begin)
			if !first || start-end > 64 || bytes.IndexByte(content[end:start], '\n') >= 0 {
				continue
			}
			stop = l.end(content, start)
		default:
			stop = wordEnd(content, start)
			if begin > 0 && content[begin-1] == ';' && !bytes.HasSuffix(content[:begin], []byte("&amp;")) { // In a connection string a value may have spaces.
				for stop < len(content) && bytes.IndexByte([]byte(";\"'<>\\\n\r"), content[stop]) < 0 {
					stop++
				}
			}
			if fragment := bytes.IndexByte(content[start:stop], '#'); inURL && fragment >= 0 {
				stop = start + fragment
			}
		}
		value := content[start:stop]
		if start >= stop || replacedBytes(value) == len(value) || isLiteral(value) || rule.textOnly && isNumber(value) {
			continue
		}
		out = append(append(out, content[copied:start]...), r.replacement(rule.action, string(value))...)
		copied, at = stop, stop
	}
	if out == nil {
		return content
	}
	return append(out, content[copied:]...)
}

// assigned reports whether the name that ends at end is secret, and where what it was told by begins. After a ? or & it is one
// of a parameter.
func (r *Redactor) assigned(content []byte, low, end int) (nameRule, int, bool) {
	if end <= low || !r.parameters.may(content, end) {
		return nameRule{}, 0, false
	}
	f := lookBack(r.parameters, content, low, end, bareName)
	if f.odd && !f.secret {
		return r.escapedParameter(content, low, end)
	}
	if !f.secret {
		return f.rule, 0, false
	}
	begin := nameBegin(content, low, f.begin)
	if isParameterAt(content, begin) {
		return f.rule, begin, true
	}
	f = lookBack(r.fields, content, low, end, bareName)
	return f.rule, begin, f.secret
}

// isParameterAt reports whether what begins at i is a parameter of a URL: behind a ? or &, or an escape of that.
func isParameterAt(content []byte, i int) bool {
	return i > 0 && (bytes.IndexByte([]byte("?&;#"), content[i-1]) >= 0 || escapeEndsAt(content, i))
}

// escapedParameter looks back for the secret name of a parameter that may have escapes, as in a URL.
func (r *Redactor) escapedParameter(content []byte, low, end int) (nameRule, int, bool) {
	begin := end
	for begin > low && end-begin < maxNameBytes && content[begin-1] > ' ' && bytes.IndexByte([]byte(`?&;#"'<>=\`), content[begin-1]) < 0 {
		begin--
	}
	rule, secret := r.parameters.find(querystring.Decode(string(content[begin:end])))
	return rule, begin, secret
}

// options replaces what follows the option of a command, as in --password x.
func (r *Redactor) options(content []byte) []byte {
	var out []byte
	copied := 0
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte("--"))
		if next < 0 {
			break
		}
		begin := at + next + 2
		end := begin
		for end < len(content) && (isWord(content[end]) || content[end] == '.') {
			end++
		}
		at = end
		rule, secret := nameRule{}, false
		if r.fields.may(content, end) && end > begin && end-begin < maxNameBytes && (begin == 2 || !isWord(content[begin-3])) {
			f := lookBack(r.fields, content, begin, end, bareName)
			rule, secret = f.rule, f.secret
		}
		if !secret {
			continue
		}
		start := end
		for start < len(content) && bytes.IndexByte([]byte(" \t\"',\\"), content[start]) >= 0 {
			start++
		}
		if start == end || start-end > 16 || start == len(content) || content[start] == '-' {
			continue
		}
		stop := wordEnd(content, start)
		if quote := content[start-1]; quote == '"' || quote == '\'' {
			stop = closingQuote(content, start, quote, backslashesBefore(content, start-1))
		}
		if value := content[start:stop]; start < stop && replacedBytes(value) != len(value) {
			out = append(append(out, content[copied:start]...), r.replacement(rule.action, string(value))...)
			copied, at = stop, stop
		}
	}
	if out == nil {
		return content
	}
	return append(out, content[copied:]...)
}

// isReplaced reports whether what stands here begins with what was put in place of a secret.
func isReplaced(value []byte) bool { return replacedBytes(value) > 0 }

// replacedBytes returns how many bytes at the begin of a value were put in place of a secret.
func replacedBytes(value []byte) int {
	if bytes.HasPrefix(value, []byte(Mask)) {
		return len(Mask)
	}
	const size = len(hashBegin) + 2*hashBytes + 1
	if len(value) < size || string(value[:len(hashBegin)]) != hashBegin || value[size-1] != ']' {
		return 0
	}
	var sum [hashBytes]byte
	if _, err := hex.Decode(sum[:], value[len(hashBegin):size-1]); err != nil {
		return 0
	}
	return size
}

// closingQuote returns the next quote behind at most as many backslashes as the opening one, or the end of the content.
func closingQuote(content []byte, i int, quote byte, quoting int) int {
	for at := i; ; at++ {
		next := bytes.IndexByte(content[at:], quote)
		if next < 0 {
			return len(content)
		}
		at += next
		if n := min(backslashesBefore(content, at), at-i); n <= quoting {
			return at - n
		}
	}
}
