package recording

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMockPath is how long a path of a mock may be, in bytes.
const maxMockPath = 1024

// anySegment is a segment of a mock's path that matches any.
const anySegment = "{any}"

// literalSegment returns a segment with what means something in patterns, and what configurations cannot spell,
// percent-encoded.
func literalSegment(segment string) string {
	var b strings.Builder
	for i := 0; i < len(segment); {
		r, size := utf8.DecodeRuneInString(segment[i:])
		if strings.ContainsRune("*?#", r) || r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			for _, c := range []byte(segment[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(segment[i : i+size])
		}
		i += size
	}
	return b.String()
}

// mockPath returns an escaped path as the mocks of gateways have it: what was redacted, and what has braces, is any segment.
// A path with empty segments has no form at all.
func mockPath(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok || len(path) > maxMockPath || strings.Contains(path, "//") {
		return "", false
	}
	segments := strings.Split(rest, "/")
	for i, segment := range segments {
		if strings.ContainsAny(segment, "{}") || IsRedacted(segment) {
			segments[i] = anySegment
			continue
		}
		segments[i] = literalSegment(segment)
	}
	path = "/" + strings.Join(segments, "/")
	return path, len(path) <= maxMockPath
}
