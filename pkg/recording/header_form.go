package recording

import (
	"encoding/base64"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// HeaderForm is what a map does not tell of headers as they were sent: their names in the order and the case in which they came,
// one for each value, with a space between two. The n-th value of a name in the map is that of its n-th place. Behind the name of
// a value that is no text are a colon and its bytes in base64 (RFC 4648 section 4): "host x-b X-Name:Sm9z6Q== X-B". It is empty
// where nothing is known, and where there is nothing to tell: the names are in their canonical form and sorted, Host first, and
// the values are ASCII.
type HeaderForm string

// HeaderLine is one header as it was sent: its name in its own case, its value byte for byte but for white space around it.
type HeaderLine struct{ Name, Value string }

// KeepHeaderForm notes how the headers of the request were sent, which Headers has already: sent yields names and values. Of what
// is not in Headers only Host is noted.
func (r *Recording) KeepHeaderForm(sent iter.Seq2[string, string]) {
	r.HeaderForm = formOf(r.Headers, r.Host, sent)
}

// KeepResponseHeaderForm is KeepHeaderForm for the answer.
func (r *Recording) KeepResponseHeaderForm(sent iter.Seq2[string, string]) {
	r.ResponseHeaderForm = formOf(r.ResponseHeaders, "", sent)
}

// HeaderLines are the headers of the request as they were sent, Host among them where that was of HTTP/1. Where it is not known
// how, they are sorted by name; names are in lower case where HTTP/2 was spoken, which knows no other (RFC 9113 section 8.2).
func (r *Recording) HeaderLines() []HeaderLine {
	host := r.Host
	if r.multiplexed() {
		host = "" // It is :authority there.
	}
	return r.asSpoken(arranged(r.HeaderForm.exact(r.Headers), host, r.HeaderForm.names()))
}

// ResponseHeaderLines are the headers of the answer as the client got them; see HeaderLines.
func (r *Recording) ResponseHeaderLines() []HeaderLine {
	return r.asSpoken(arranged(r.ResponseHeaderForm.exact(r.ResponseHeaders), "", r.ResponseHeaderForm.names()))
}

// KnowsBytes reports whether lines that f belongs to have the bytes that were sent. Recordings from before forms were kept have
// text in the place of what was none.
func (f HeaderForm) KnowsBytes(lines []HeaderLine) bool {
	return f != "" || !slices.ContainsFunc(lines, func(l HeaderLine) bool { return !isASCII(l.Value) })
}

// CheckForms returns a *validation.Error that names the form which is none.
func (r *Recording) CheckForms() error {
	if err := r.HeaderForm.check(); err != nil {
		return validation.Errorf("header_form", "%s", err)
	}
	if err := r.ResponseHeaderForm.check(); err != nil {
		return validation.Errorf("response_header_form", "%s", err)
	}
	return nil
}

func (f HeaderForm) check() error {
	if f == "" {
		return nil
	}
	for part := range strings.SplitSeq(string(f), " ") {
		name, encoded, _ := strings.Cut(part, ":")
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("must have names of headers with a space between two, has %q", clip(name))
		}
		if _, err := base64.StdEncoding.Strict().DecodeString(encoded); err != nil {
			return fmt.Errorf("must have base64 behind the colon of %s: %w", clip(name), err)
		}
	}
	return nil
}

func (r *Recording) multiplexed() bool {
	return strings.HasPrefix(r.HTTPVersion, "HTTP/2") || strings.HasPrefix(r.HTTPVersion, "HTTP/3")
}

func (r *Recording) asSpoken(lines []HeaderLine) []HeaderLine {
	if r.multiplexed() {
		for i := range lines {
			lines[i].Name = strings.ToLower(lines[i].Name)
		}
	}
	return lines
}

// names yields the names; those that are none are passed over. It yields no values: arranged takes those of the map.
func (f HeaderForm) names() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for name := range f.parts() {
			if !yield(name, "") {
				return
			}
		}
	}
}

// parts yields names with their bytes in base64, mostly none.
func (f HeaderForm) parts() iter.Seq2[string, string] {
	return func(yield func(name, encoded string) bool) {
		for part := range strings.SplitSeq(string(f), " ") {
			name, encoded, _ := strings.Cut(part, ":")
			if httpguts.ValidHeaderFieldName(name) && !yield(name, encoded) {
				return
			}
		}
	}
}

// exact is values with the bytes that f has of them, in a copy where there are any. Bytes count only where their text is what the
// map has, so that what was masked there by other means does not come back.
func (f HeaderForm) exact(values Values) Values {
	if strings.IndexByte(string(f), ':') < 0 {
		return values
	}
	out := make(Values, len(values))
	for name, list := range byCanonicalName(values) {
		out[name] = slices.Clone(list)
	}
	placed := make(map[string]int, len(values))
	for name, encoded := range f.parts() {
		name = HeaderName(name)
		list, at := out[name], placed[name]
		if placed[name]++; encoded == "" || at >= len(list) {
			continue
		}
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil && AsText(string(decoded)) == list[at] {
			list[at] = string(decoded)
		}
	}
	return out
}

// formOf is the form of values that were sent as sent says; nil says nothing. host is that of a request, which is no value.
func formOf(values Values, host string, sent iter.Seq2[string, string]) HeaderForm {
	if sent == nil {
		sent = HeaderForm("").names()
	}
	lines := arranged(values, host, sent)
	if !tellsForm(lines, host) {
		return ""
	}
	size := 0
	for i := range lines {
		size += len(lines[i].Name) + 1
	}
	b := make([]byte, 0, size)
	for _, line := range lines {
		if !httpguts.ValidHeaderFieldName(line.Name) {
			continue // It stands behind the others.
		}
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(b, line.Name...)
		if !isText(line.Value) {
			b = append(b, ':')
			b = base64.StdEncoding.AppendEncode(b, []byte(line.Value))
		}
	}
	return HeaderForm(b)
}

// arranged is values in the order and the case that sent yields: the n-th value of a name stands where its n-th was sent. What is
// not there any more is left out; what sent has not comes behind, sorted. A host that sent has not comes first where sent is empty.
func arranged(values Values, host string, sent iter.Seq2[string, string]) []HeaderLine {
	values = byCanonicalName(values)
	count := 1
	for _, list := range values {
		count += len(list)
	}
	lines := make([]HeaderLine, 0, count)
	placed := make(map[string]int, len(values))
	known := false
	_, hostIsValue := values["Host"]
	for name := range sent {
		known = true
		canonical := HeaderName(name)
		if canonical == "Host" && !hostIsValue {
			if host != "" {
				lines = append(lines, HeaderLine{name, host})
				host = "" // once
			}
			continue
		}
		list, at := values[canonical], placed[canonical]
		if at < len(list) {
			placed[canonical] = at + 1
			lines = append(lines, HeaderLine{name, list[at]})
		}
	}
	if !known && host != "" && !hostIsValue {
		lines = append(lines, HeaderLine{"Host", host})
	}
	begun := len(lines)
	for name, list := range values {
		for _, value := range list[min(placed[name], len(list)):] {
			lines = append(lines, HeaderLine{name, value})
		}
	}
	slices.SortStableFunc(lines[begun:], func(a, b HeaderLine) int { return strings.Compare(a.Name, b.Name) })
	return lines
}

// tellsForm reports whether lines are other than what arranged makes of the same values where it is not known how they were sent.
func tellsForm(lines []HeaderLine, host string) bool {
	if host != "" && len(lines) > 0 && lines[0].Name == "Host" {
		lines = lines[1:]
	}
	last := ""
	for _, line := range lines {
		if line.Name < last || HeaderName(line.Name) != line.Name || !isASCII(line.Value) {
			return true
		}
		last = line.Name
	}
	return false
}

// byCanonicalName is values with all names in their canonical form, as captured ones have them; those of files may not.
func byCanonicalName(values Values) Values {
	canonical := true
	for name := range values {
		canonical = canonical && HeaderName(name) == name
	}
	if canonical {
		return values
	}
	out := make(Values, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out[HeaderName(name)] = append(out[HeaderName(name)], values[name]...)
	}
	return out
}

// AsText is value as JSON and databases can hold it: U+0000 becomes its picture U+2400, a byte that is not UTF-8 the character that
// it is in ISO 8859-1, the historical encoding of header fields (RFC 9110 section 5.5).
func AsText(value string) string {
	if isText(value) {
		return value
	}
	var b strings.Builder
	b.Grow(len(value) + len(value)/2)
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(rune(value[i]))
		case r == 0:
			b.WriteRune('\u2400')
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

func isText(value string) bool {
	return utf8.ValidString(value) && strings.IndexByte(value, 0) < 0
}

func isASCII(value string) bool {
	for i := range len(value) {
		if value[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
