package validation_test

import (
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestNestsCountsWhatIsOpen(t *testing.T) {
	for text, depth := range map[string]int{
		"": 0, "1": 0, `"[[["`: 0, `"\"[["`: 0, `[]`: 1, `[[],[]]`: 2, `{"a":[{"b":"{"}]}`: 3, `[[[`: 3, `]]][`: 0, `"`: 0, `"\`: 0, strings.Repeat("[", 1000): 1000,
	} {
		if validation.Nests([]byte(text), depth) || depth > 0 && !validation.Nests([]byte(text), depth-1) {
			t.Errorf("%.20q does not nest %d deep", text, depth)
		}
	}
}
