package recording

import "bytes"

// assignments replaces the values of secret names before a =, as in attributes of XML, forms whose type nobody tells,
// and lines of logs: up to the closing quote, or without quotes up to white space or what separates values.
func (r *Redactor) assignments(content []byte) []byte {
	if len(r.fields) == 0 {
		return content
	}
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
		begin := end
		for begin > copied && end-begin <= r.names.longest && isWord(content[begin-1]) {
			begin--
		}
		a, secret := r.names.find(r.fields, content[begin:end])
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
		case end < equals || start > equals+1 || content[start] == '=' || content[start] == '>':
			continue // a comparison, or a sentence
		default:
			stop = start
			for stop < len(content) && content[stop] > ' ' && bytes.IndexByte([]byte("&;,\"'<>\\)]}"), content[stop]) < 0 {
				stop++
			}
		}
		if start < stop && !isReplaced(content[start:]) {
			out = append(append(out, content[copied:start]...), r.replacement(a, string(content[start:stop]))...)
			copied, at = stop, stop
		}
	}
	if out == nil {
		return content
	}
	return append(out, content[copied:]...)
}

// isReplaced is whether what stands here was put in place of a secret.
func isReplaced(value []byte) bool {
	return bytes.HasPrefix(value, []byte(Mask)) || bytes.HasPrefix(value, []byte(hashBegin))
}

// closingQuote is the next quote behind at most as many backslashes as the opening one, or the end of the content.
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
