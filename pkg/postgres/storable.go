package postgres

import (
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// storable is text as PostgreSQL can hold it. U+0000 becomes its picture U+2400; a byte that is not UTF-8 becomes the
// character that it is in ISO 8859-1, the historical encoding of header fields (RFC 9110, section 5.5). No recording is
// refused for a character.
func storable(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/2)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(rune(text[i]))
		case r == 0:
			b.WriteRune('\u2400')
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// indexable is storable text of at most so many bytes: PostgreSQL refuses a row of which an index entry takes more than
// about 2,700 (a third of a page), and methods and routes are what clients send.
func indexable(text string, most int) string {
	text = storable(text)
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

func storableList(texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = storable(text)
	}
	return list
}

func storableValues(values recording.Values) recording.Values {
	clean := true
	for name, list := range values {
		clean = clean && storable(name) == name
		for _, value := range list {
			clean = clean && storable(value) == value
		}
	}
	if clean {
		return values
	}
	all := make(recording.Values, len(values))
	for name, list := range values {
		all[storable(name)] = append(all[storable(name)], storableList(list)...)
	}
	return all
}
