package recording

import (
	"bytes"
	"cmp"
	"slices"
)

// Fields that name what another field beside them holds, as in {"name": "password", "value": "…"}, and those that hold it.
var pairNames, pairValues = nameList("name", "key", "k", "n", "header", "field", "param", "parameter", "variable", "property", "attribute", "option", "setting"),
	nameList("value", "values", "val", "v", "content", "contents", "text", "data", "string_value")

func nameList(names ...string) *nameSet {
	s := newNameSet()
	for _, name := range names {
		s.set(normalName(name), func(r *nameRule) { r.secret = words })
	}
	return s.seal()
}

// maxPairDepth is how deep pairs are looked for, as deep as JSON is read (encoding/json).
const maxPairDepth = 10000

// pairLevels are the numbers of backslashes, up to 7, that are before the quotes of names that are values, as bits. Most
// contents have none, and so are not parsed.
type pairLevels uint8

// pairs replaces values whose names are values as well: of objects with a name and a value, in whatever order, and of
// lists of lists of two, as headers often are.
func (r *Redactor) pairs(content []byte, levels pairLevels) []byte {
	r.listsOfTwo(content, &levels)
	for quoting := 0; quoting < 8; quoting = 2*quoting + 1 {
		if levels&(1<<quoting) != 0 {
			content = r.pairsAt(content, quoting)
		}
	}
	return content
}

// pairAt notes whether the name that ends at end, before the colon, is of a field that names a secret.
func (r *Redactor) pairAt(content []byte, end, colon int, levels *pairLevels) {
	if lookBack(pairNames, content, 0, end, quotedName).secret {
		r.secretString(content, skipSpace(content, colon+1), levels)
	}
}

// secretString notes whether the string at i is the name of a secret.
func (r *Redactor) secretString(content []byte, i int, levels *pairLevels) {
	n := backslashes(content, i)
	if n >= 8 || i+n >= len(content) || content[i+n] != '"' {
		return
	}
	start := i + n + 1
	size := bytes.IndexByte(content[start:min(len(content), start+maxNameBytes)], '"')
	if size <= n {
		return
	}
	if _, secret := r.pairSecret(content[start : start+size-n]); secret {
		*levels |= 1 << n
	}
}

// listsOfTwo notes lists in lists that begin with the name of a secret.
func (r *Redactor) listsOfTwo(content []byte, levels *pairLevels) {
	for at := 0; ; {
		next := bytes.IndexByte(content[at:], '[')
		if next < 0 {
			return
		}
		at += next + 1
		before := skipSpaceBack(content, at-1)
		if before == 0 || content[before-1] != '[' && content[before-1] != ',' {
			continue
		}
		if inner := skipSpace(content, at); isQuoted(content, inner) {
			r.secretString(content, inner, levels)
		}
	}
}

// container is an object or a list that is open.
type container struct {
	list, inList bool
	// key is what the last name of an object was, 'n' of a name, 'v' of a value; entries are those of a list so far.
	key     byte
	entries int
	secret  bool
	rule    nameRule
	// start and end are of the value; end is 0 where it goes on.
	start, end int
}

// pairSpan is a value to replace.
type pairSpan struct {
	start, end int
	rule       nameRule
}

// pairsAt does as pairs for JSON whose quotes are behind so many backslashes.
func (r *Redactor) pairsAt(content []byte, quoting int) []byte {
	var spans []pairSpan
	var open []container
	closeLast := func(end int, cut bool) {
		last := open[len(open)-1]
		open = open[:len(open)-1]
		if last.secret && last.start > 0 && (!last.list || last.inList && (last.entries == 2 || cut)) {
			if last.end == 0 {
				last.end = end
			}
			spans = append(spans, pairSpan{last.start, last.end, last.rule})
		}
	}
	// value notes a value in what is open.
	value := func(start, end int, isString bool) {
		if len(open) == 0 {
			return
		}
		in := &open[len(open)-1]
		isName, isValue := in.key == 'n', in.key == 'v'
		if in.list {
			in.entries++
			isName, isValue = in.entries == 1, in.entries == 2
		}
		switch {
		case isName && isString && !in.secret:
			if begin, stop := start+quoting+1, end-quoting-1; begin < stop {
				in.rule, in.secret = r.pairSecret(content[begin:stop])
			}
		case isValue && in.start == 0:
			in.start, in.end = start, end
		}
		in.key = 0
	}
	for i := 0; i < len(content); {
		switch c := content[i]; c {
		case '"', '\\':
			n := backslashes(content, i)
			if i+n >= len(content) || content[i+n] != '"' {
				i += max(n, 1)
				continue
			}
			if n < quoting { // The string around ends or begins.
				open = open[:0]
				i += n + 1
				continue
			}
			end := stringEnd(content, i+n+1, n)
			if n == 0 && bytes.IndexByte(content[i:end], '\n') >= 0 {
				i++ // no string of JSON, but a quote in some text before it
				continue
			}
			if after := skipSpace(content, end); after < len(content) && content[after] == ':' && len(open) > 0 && !open[len(open)-1].list {
				open[len(open)-1].key = pairKey(content, i+n+1, end, n)
				i = after + 1
				continue
			}
			value(i, end, true)
			i = end
		case '{', '[':
			inList := len(open) > 0 && open[len(open)-1].list
			value(i, 0, false)
			if len(open) == maxPairDepth {
				open = open[:0]
			}
			open = append(open, container{list: c == '[', inList: inList})
			i++
		case '}', ']':
			i++
			if len(open) > 0 {
				closeLast(i, false)
			}
			if len(open) > 0 && open[len(open)-1].start > 0 && open[len(open)-1].end == 0 {
				open[len(open)-1].end = i
			}
		case ' ', '\t', '\n', '\r', ',', ':':
			i++
		default:
			end, _ := valueEnd(content, i, quoting)
			end = max(end, i+1)
			value(i, end, false)
			i = end
		}
	}
	for len(open) > 0 { // cut off
		closeLast(len(content), true)
	}
	return r.replacePairs(content, spans, quoting)
}

// pairSecret reports whether the text of a string is the name of a secret, of a header or of a field.
func (r *Redactor) pairSecret(text []byte) (nameRule, bool) {
	for _, set := range []*nameSet{r.forms, r.headers} {
		if !set.may(text, len(text)) {
			continue
		}
		f := lookBack(set, text, 0, len(text), quotedName)
		if f.secret {
			return f.rule, true
		}
		if f.odd && len(text) < 2*maxNameBytes {
			if rule, secret := set.find(unescape(string(text))); secret {
				return rule, true
			}
		}
	}
	return nameRule{}, false
}

// pairKey returns n for a field that names something, v for one that has its value.
func pairKey(content []byte, start, end, quoting int) byte {
	end -= quoting + 1
	switch {
	case end <= start:
	case lookBack(pairNames, content, start, end, quotedName).secret:
		return 'n'
	case lookBack(pairValues, content, start, end, quotedName).secret:
		return 'v'
	}
	return 0
}

func (r *Redactor) replacePairs(content []byte, spans []pairSpan, quoting int) []byte {
	if len(spans) == 0 {
		return content
	}
	slices.SortFunc(spans, func(a, b pairSpan) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	var out []byte
	copied := 0
	for _, s := range spans {
		value := content[s.start:s.end]
		if s.start < copied || !s.rule.secretValue(value) {
			continue
		}
		out = append(out, content[copied:s.start]...)
		if s.rule.action == dropped {
			out = append(out, "null"...)
		} else {
			out = append(out, r.jsonReplacement(field{quoting: quoting, rule: s.rule}, value)...)
		}
		copied = s.end
	}
	return append(out, content[copied:]...)
}
