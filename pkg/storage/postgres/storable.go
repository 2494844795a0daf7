package postgres

import (
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// storable returns text as PostgreSQL can hold it. No recording is refused for a character.
func storable(text string) string { return recording.AsText(text) }

// indexable returns storable text of at most so many bytes: PostgreSQL refuses a row of which an index entry takes more than
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
