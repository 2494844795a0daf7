package validation

import "strings"

// Clip returns text whole where it has at most so many bytes, else as many whole characters as fit in them and an ellipsis: what
// somebody sent stays short where it is quoted.
func Clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
