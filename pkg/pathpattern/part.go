package pathpattern

import (
	"fmt"
	"slices"
	"strings"
)

// Spellings returns the ways in which a part of a path, or a text that may be one, can stand in paths: as it is given, escaped
// as clients send it, and decoded. Those that are the same are there once.
func Spellings(part string) []string {
	var sent strings.Builder
	for i := range len(part) {
		if c := part[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&sent, "%%%02X", c)
		} else {
			sent.WriteByte(c)
		}
	}
	all := []string{part, sent.String()}
	// A database has no other text.
	if decoded := strings.ReplaceAll(strings.ToValidUTF8(Unescape(part), "\uFFFD"), "\x00", "\u2400"); !slices.Contains(all, decoded) {
		all = append(all, decoded)
	}
	return slices.Compact(all)
}
