package recording

import (
	"encoding/base64"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

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

// KeepHeaderForm notes how the headers of the request were sent, which Headers has already: names are as they were sent, one for each
// value, and none where that is not known. Of what is not in Headers only Host is noted.
func (r *Recording) KeepHeaderForm(names []string) {
	r.HeaderForm = formOf(r.Headers, r.Host, names)
}

// KeepResponseHeaderForm is KeepHeaderForm for the answer.
func (r *Recording) KeepResponseHeaderForm(names []string) {
	r.ResponseHeaderForm = formOf(r.ResponseHeaders, "", names)
}

// HeaderLines returns the headers of the request as they were sent, Host among them where that was of HTTP/1. Where it is not
// known how, they are sorted by name; names are in lower case where HTTP/2 was spoken, which knows no other (RFC 9113 section
// 8.2).
func (r *Recording) HeaderLines() []HeaderLine {
	host := r.Host
	if r.multiplexed() {
		host = "" // It is :authority there.
	}
	return r.asSpoken(arranged(r.HeaderForm.exact(r.Headers), host, r.HeaderForm.names()))
}

// ResponseHeaderLines returns the headers of the answer as the client got them; see HeaderLines.
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

// IsHTTP1 reports whether r is of HTTP/1, in which names have a case.
func (r *Recording) IsHTTP1() bool { return !r.multiplexed() }

// multiplexed reports whether r is of HTTP/2 or later, which has names in lower case, and :authority for Host.
func (r *Recording) multiplexed() bool {
	version := strings.TrimPrefix(r.HTTPVersion, "HTTP/")
	return version != "" && version[0] >= '2' && version[0] <= '9'
}

func (r *Recording) asSpoken(lines []HeaderLine) []HeaderLine {
	if r.multiplexed() {
		for i := range lines {
			lines[i].Name = strings.ToLower(lines[i].Name)
		}
	}
	return lines
}

// names returns the names; those that are none are passed over.
func (f HeaderForm) names() (names []string) {
	for name := range f.parts() {
		names = append(names, name)
	}
	return names
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

// exact returns values with the bytes that f has of them, in a copy where there are any. Bytes count only where their text is
// what the map has, so that what was masked there by other means does not come back.
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

// formOf returns the form of values whose names were sent so, none says nothing. host is that of a request, which is no value.
func formOf(values Values, host string, names []string) HeaderForm {
	former := formers.Get().(*former)
	defer former.put()
	former.lines = arrange(former.lines[:0], &former.places, values, host, names)
	// tells reports whether there is more to tell than arrange makes of the values alone.
	b, last, tells := former.text[:0], "", false
	for i := range former.lines {
		name, value := former.lines[i].Name, former.lines[i].Value
		plain := isPlain(value)
		switch {
		case i == 0 && host != "":
			tells = name != "Host"
		case !tells:
			tells = name < last || !plain && !isASCII(value) || HeaderName(name) != name
			last = name
		}
		if !httpguts.ValidHeaderFieldName(name) {
			continue // It stands behind the others.
		}
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(b, name...)
		if !plain && !isText(value) {
			b = append(b, ':')
			b = base64.StdEncoding.AppendEncode(b, []byte(value))
		}
	}
	if former.text = b; !tells {
		return ""
	}
	return HeaderForm(b)
}

// former is the memory in which a form is made. It is used again: exchanges have two each.
type former struct {
	places places
	lines  []HeaderLine
	text   []byte
}

var formers = sync.Pool{New: func() any { return new(former) }}

// maxKeptForm is how much of it is kept, in bytes.
const maxKeptForm = 8 << 10

// maxKeptLines is for how many headers room is kept.
const maxKeptLines = 128

func (f *former) put() {
	f.places.reset()
	if cap(f.text) > maxKeptForm {
		f.text = nil
	}
	if cap(f.lines) > maxKeptLines {
		f.lines = nil
	}
	clear(f.lines)
	f.lines = f.lines[:0]
	formers.Put(f)
}
