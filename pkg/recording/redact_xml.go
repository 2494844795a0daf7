package recording

import "bytes"

// xml replaces what elements with secret names hold, wherever a tag is in the content, so that XML that is broken or cut
// off is searched as well, and what elements hold that an attribute gives such a name, as in <add key="password"
// value="…"/>. An element that does not end reaches to the end of the content.
func (r *Redactor) xml(content []byte) []byte {
	content = r.markup(content, plainMarkup)
	if bytes.Contains(content, []byte(`\u003`)) {
		content = r.markup(r.markup(content, escapedMarkup), upperMarkup)
	}
	return content
}

// brackets are how tags are told.
type brackets struct{ open, end string }

// escapedMarkup is XML in JSON of those who write < and > as escapes there.
var plainMarkup, escapedMarkup, upperMarkup = brackets{"<", ">"}, brackets{"u003c", "u003e"}, brackets{"u003C", "u003E"}

func (r *Redactor) markup(content []byte, b brackets) []byte {
	var out []byte
	copied := 0
	replace := func(start, stop int, rule nameRule) {
		value := content[start:stop]
		trimmed := bytes.TrimSpace(value)
		if start < copied || len(trimmed) == 0 || isLiteral(trimmed) || replacedBytes(trimmed) == len(trimmed) {
			return
		}
		out = append(append(out, content[copied:start]...), r.replacement(rule.action, string(value))...)
		copied = stop
	}
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte(b.open))
		if next < 0 {
			break
		}
		begin := at + next + len(b.open)
		at = begin
		end := begin
		for end < len(content) && isXMLName(content[end]) {
			end++
		}
		if end == begin {
			continue
		}
		tag := b.tagEnd(content, end)
		rule, start, stop, named := r.namedTag(content[:tag], end)
		if named && start < stop {
			replace(start, stop, rule)
		}
		byAttribute := named
		if !named {
			f := lookBack(r.fields, content, begin, end, xmlName)
			rule, named = f.rule, f.secret
		}
		if !named || !bytes.HasPrefix(content[tag:], []byte(b.end)) || content[tag-1-backslashesBefore(content, tag)] == '/' {
			continue
		}
		start = tag + len(b.end)
		switch {
		case byAttribute && bytes.HasPrefix(content[start:], []byte("<![CDATA[")):
			stop = start + nextOr(content[start:], "]]>")
		case byAttribute || rule.textOnly: // what is in elements within has names of its own
			stop = start + nextOr(content[start:], b.open)
		default:
			stop = b.elementEnd(content, start, content[begin:end])
		}
		for stop > start && stop < len(content) && content[stop-1] == '\\' {
			stop--
		}
		if start < stop {
			replace(start, stop, rule)
			at = max(at, copied)
		}
	}
	if out == nil {
		return content
	}
	return append(out, content[copied:]...)
}

// nextOr returns where text is next, or the end of the content.
func nextOr(content []byte, text string) int {
	if next := bytes.Index(content, []byte(text)); next >= 0 {
		return next
	}
	return len(content)
}

// xmlName is for the name of an element.
var xmlName = newAlphabet(func(c byte) uint8 {
	if c >= 0x80 {
		return elsewise
	}
	return between
})

// tagEnd returns where the end of a tag is, or the next one or the end of the content. A > may be in a value with quotes.
func (b brackets) tagEnd(content []byte, i int) int {
	quote := byte(0)
	for limit := min(len(content), i+4096); i < limit; i++ {
		switch c := content[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == b.end[0] && bytes.HasPrefix(content[i:], []byte(b.end)), c == b.open[0] && bytes.HasPrefix(content[i:], []byte(b.open)):
			return i
		}
	}
	return i
}

// namedTag returns where the value is in a tag that has an attribute with a secret name as its value, from i on. start is stop
// where the value is not in the tag.
func (r *Redactor) namedTag(tag []byte, i int) (rule nameRule, start, stop int, named bool) {
	for at := i; ; {
		next := bytes.IndexByte(tag[at:], '=')
		if next < 0 {
			return rule, start, stop, named
		}
		equals := at + next
		at = equals + 1
		open := skipSpace(tag, at)
		quote := open + backslashes(tag, open)
		var end int
		if quote < len(tag) && (tag[quote] == '"' || tag[quote] == '\'') {
			open = quote + 1
			end = closingQuote(tag, open, tag[quote], max(0, quote-skipSpace(tag, at)))
		} else {
			for end = open; end < len(tag) && tag[end] > ' ' && tag[end] != '/'; {
				end++
			}
		}
		at = max(at, min(end, len(tag)))
		name := skipSpaceBack(tag, equals)
		switch {
		case end <= open || name <= i:
		case attributeNames.is(tag, i, name):
			if f := lookBack(r.forms, tag, open, end, wholeName); f.secret {
				rule, named = f.rule, true
			}
		case attributeValues.is(tag, i, name):
			start, stop = open, end
		}
	}
}

var attributeNames, attributeValues = attributes{"name", "key", "property"}, attributes{"value", "content"}

type attributes []string

// is reports whether the name that ends at end is one of these.
func (a attributes) is(tag []byte, low, end int) bool {
	for _, name := range a {
		if begin := end - len(name); begin > low && tag[begin-1] <= ' ' && bytes.EqualFold(tag[begin:end], []byte(name)) {
			return true
		}
	}
	return false
}

// elementEnd returns the end of the content of the element of that name which begins at i.
func (b brackets) elementEnd(content []byte, i int, name []byte) int {
	for {
		next := bytes.Index(content[i:], []byte(b.open))
		if next < 0 {
			return len(content)
		}
		end := i + next
		i = end + len(b.open)
		for i < len(content) && content[i] == '\\' { // of JSON around it
			i++
		}
		if i < len(content) && content[i] == '/' && bytes.HasPrefix(content[i+1:], name) {
			if after := i + 1 + len(name); after >= len(content) || !isXMLName(content[after]) {
				return end
			}
		}
	}
}

func isXMLName(c byte) bool { return isWord(c) || c == ':' || c == '.' || c >= 0x80 }
