package recording

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits of the tags of one recording.
const (
	MaxTags = 20
	// MaxTagLength is in characters.
	MaxTagLength = 64
)

// CheckTags gives tags each once, in their order. The error joins *validation.Error of the field "tags".
func CheckTags(tags []string) ([]string, error) {
	kept := []string{}
	for i, tag := range tags {
		printable := utf8.ValidString(tag) && !strings.ContainsFunc(tag, func(r rune) bool { return !unicode.IsPrint(r) })
		if n := utf8.RuneCountInString(tag); !printable || n == 0 || n > MaxTagLength || strings.TrimSpace(tag) != tag {
			return nil, validation.Errorf(fmt.Sprintf("tags[%d]", i), "must be 1 to %d printable characters without spaces around them, is %q", MaxTagLength, clip(tag))
		}
		if !slices.Contains(kept, tag) {
			kept = append(kept, tag)
		}
		if len(kept) > MaxTags {
			return nil, validation.Errorf("tags", "must be at most %d, are %d", MaxTags, len(tags))
		}
	}
	return kept, nil
}
