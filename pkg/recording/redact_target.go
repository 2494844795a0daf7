package recording

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

const (
	// maxEscapes is how often a part of a target is unescaped, as what is in a URL in a URL is escaped twice.
	maxEscapes = 3
	// maxTargetPasses is how often a part of a target is looked through, until nothing more is found.
	maxTargetPasses = 4
)

// target replaces secrets where they stand: values of the query by their names, and all parts by their look. Every other byte stays
// as it was sent.
func (r *Redactor) target(t Target) Target {
	path := t.Path()
	cleanPath := r.byLook(path, false)
	query, hasQuery := t.query()
	cleanQuery := r.query(query)
	switch {
	case cleanPath == path && cleanQuery == query:
		return t
	case hasQuery:
		return Target(cleanPath + "?" + cleanQuery)
	}
	return Target(cleanPath)
}

func (r *Redactor) query(query string) string {
	query = r.secretParameters(query)
	var out strings.Builder
	copied := 0
	for start := 0; start < len(query); {
		end := start + untilAny(query[start:], "&")
		piece := query[start:end]
		clean := r.byLook(piece, true)
		// As a value alone it may look different, such as the first of a line.
		if name, value, ok := strings.Cut(clean, "="); ok {
			if cleanValue := r.byLook(value, true); cleanValue != value {
				clean = name + "=" + cleanValue
			}
		}
		if clean != piece {
			out.WriteString(query[copied:start])
			out.WriteString(clean)
			copied = end
		}
		start = end + 1
	}
	if copied == 0 {
		return query
	}
	return out.String() + query[copied:]
}

// parameterEnds are the bytes that may end a parameter: servers differ in what they take for a separator, and URLs in a query
// have parameters of their own.
const parameterEnds = "&;?#"

// secretParameters replaces the values of secret names. Only an & ends a value for sure: another separator is part of it where
// no name and value follow.
func (r *Redactor) secretParameters(query string) string {
	var out strings.Builder
	copied := 0
	for start := 0; start < len(query); {
		end := start + untilAny(query[start:], parameterEnds)
		name, _, hasValue := strings.Cut(query[start:end], "=")
		rule, secret := nameRule{}, false
		if hasValue {
			rule, secret = r.parameterNamed(name)
		}
		if secret {
			for end < len(query) && query[end] != '&' && !isParameter(query[end+1:]) {
				end += 1 + untilAny(query[end+1:], parameterEnds)
			}
			from := start + len(name) + 1
			if value := query[from:end]; value != "" && replacedBytes([]byte(value)) != len(value) {
				if rule.action == dropped {
					from = start
				}
				out.WriteString(query[copied:from])
				out.WriteString(r.replacement(rule.action, querystring.Decode(value)))
				copied = end
			}
		}
		start = end + 1
	}
	if copied == 0 {
		return query
	}
	return out.String() + query[copied:]
}

// parameterNamed reports whether the name of a parameter is that of a secret, however often it is escaped.
func (r *Redactor) parameterNamed(name string) (nameRule, bool) {
	for range maxEscapes {
		if rule, secret := r.parameters.find(name); secret || strings.IndexByte(name, '%') < 0 {
			return rule, secret
		}
		name = querystring.Decode(name)
	}
	return r.parameters.find(name)
}

// untilAny returns how far the first of some bytes is, the length of text where none is in it.
func untilAny(text, bytes string) int {
	if at := strings.IndexAny(text, bytes); at >= 0 {
		return at
	}
	return len(text)
}

// isParameter reports whether text begins with a name and a value.
func isParameter(text string) bool {
	name, value, ok := strings.Cut(text[:untilAny(text, parameterEnds)], "=")
	return ok && name != "" && strings.Trim(value, "=") != ""
}

// rawSpan is a part of a text, and what stands in its place.
type rawSpan struct {
	start, end int
	by         string
}

// byLook replaces the secrets of a part of a target, unescaped as often as it is escaped, by what is around them and by their
// look. plus says that a + is a space.
func (r *Redactor) byLook(part string, plus bool) string {
	for range maxTargetPasses {
		clean := r.lookOnce(part, plus)
		if clean == part {
			return part
		}
		part = clean
	}
	if r.lookOnce(part, plus) != part {
		return Mask // It never ends, so that nobody knows what is left in it.
	}
	return part
}

func (r *Redactor) lookOnce(part string, plus bool) string {
	text, offsets := part, []int(nil)
	for level := 0; ; level++ {
		if spans := r.textSpans(text); len(spans) > 0 {
			return replaceSpans(part, spans, offsets)
		}
		if level == maxEscapes || strings.IndexByte(text, '%') < 0 && (!plus || strings.IndexByte(text, '+') < 0) {
			return part
		}
		text, offsets = unescaped(text, plus, offsets)
	}
}

// unescaped undoes one level of percent-encoding (RFC 3986 section 2.1); what is no escape stands for itself. The offsets say where
// each byte of the text was in the first of all, nil that the text is that one; the last is its length.
func unescaped(text string, plus bool, before []int) (string, []int) {
	at := func(i int) int {
		if before == nil {
			return i
		}
		return before[i]
	}
	out, offsets := make([]byte, 0, len(text)), make([]int, 0, len(text)+1)
	for i := 0; i < len(text); i++ {
		c, start := text[i], i
		switch {
		case c == '+' && plus:
			c = ' '
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			c = unhex(text[i+1])<<4 | unhex(text[i+2])
			i += 2
		}
		out, offsets = append(out, c), append(offsets, at(start))
	}
	return string(out), append(offsets, at(len(text)))
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// replaceSpans replaces spans of what a part was unescaped to in the part itself.
func replaceSpans(part string, spans []rawSpan, offsets []int) string {
	slices.SortFunc(spans, func(a, b rawSpan) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	var out strings.Builder
	copied := 0
	for _, s := range spans {
		if offsets != nil {
			s.start, s.end = offsets[s.start], offsets[s.end]
		}
		switch {
		case s.start < copied && s.end <= copied:
			continue
		case s.start < copied:
			s.start = copied
		}
		out.WriteString(part[copied:s.start])
		out.WriteString(s.by)
		copied = s.end
	}
	return out.String() + part[copied:]
}

// textSpans returns the secrets of a text by names in it and by its look, as address replaces them.
func (r *Redactor) textSpans(text string) []rawSpan {
	whole := glanceAt(text)
	clean, g := text, whole
	if whole.hasParameters() {
		clean = r.urls(text)
		g = glanceAt(clean)
	}
	if r.mayBeNamed(clean, g) {
		clean = string(r.named([]byte(clean)))
	}
	if clean != text {
		if s := difference(text, clean); s.start < s.end {
			return []rawSpan{s}
		}
	}
	return r.lookSpans(text, whole)
}

// lookSpans returns the secrets of a text of which g tells, by its look: those that detectors find, and patterns.
func (r *Redactor) lookSpans(text string, g glance) []rawSpan {
	var spans []rawSpan
	if r.detectors.any && r.detectors.mayFind(text, g) {
		for _, s := range r.detectors.find([]byte(text), false) {
			spans = append(spans, rawSpan{s.start, s.end, r.replacement(r.detectors.actions[s.by], text[s.start:s.end])})
		}
	}
	for _, p := range r.patterns {
		for _, at := range p.expression.FindAllStringIndex(text, -1) {
			if match := text[at[0]:at[1]]; match != "" {
				spans = append(spans, rawSpan{at[0], at[1], r.replacement(p.action, match)})
			}
		}
	}
	return slices.DeleteFunc(spans, func(s rawSpan) bool { return s.by == text[s.start:s.end] || isWithinReplaced(text, s) })
}

// isWithinReplaced reports whether a span is of what was put in place of a secret.
func isWithinReplaced(text string, s rawSpan) bool {
	for at := max(0, s.start-longestReplacement); at <= s.start; at++ {
		if n := replacedAt(text, at); n > 0 && s.end <= at+n {
			return true
		}
	}
	return false
}

// longestReplacement is the size of what is put in place of a secret, in bytes, at most.
const longestReplacement = len(hashBegin) + 2*hashBytes + 1

// replacedAt returns how many bytes at i were put in place of a secret.
func replacedAt(text string, i int) int {
	if i == len(text) || text[i] != Mask[0] {
		return 0
	}
	return replacedBytes([]byte(text[i:min(len(text), i+longestReplacement)]))
}

// difference returns the one part in which two texts differ, widened to whole words and to all that was put in place of a
// secret.
func difference(text, clean string) rawSpan {
	start := 0
	for start < min(len(text), len(clean)) && text[start] == clean[start] {
		start++
	}
	same := 0
	for same < min(len(text), len(clean))-start && text[len(text)-1-same] == clean[len(clean)-1-same] {
		same++
	}
	for at := 0; at < len(clean); at++ { // What was put in may share bytes with what is around it.
		if n := replacedAt(clean, at); n > 0 {
			if at < start && at+n > start {
				start = at
			}
			if end := at + n; at < len(clean)-same && end > len(clean)-same {
				same = len(clean) - end
			}
			at += n - 1
		}
	}
	end := len(text) - same
	by := clean[start : len(clean)-same]
	for start > 0 && start < len(text) && isAlphanumeric(text[start-1]) && isAlphanumeric(text[start]) {
		start--
	}
	for end > 0 && end < len(text) && isAlphanumeric(text[end]) && isAlphanumeric(text[end-1]) {
		end++
	}
	if by != "" && !IsWhollyRedacted(by) {
		by = Mask
	}
	return rawSpan{start, end, by}
}
