package recording

import (
	"fmt"
	"strconv"
	"strings"
)

// StatusRange is a condition on the response status, both bounds inclusive; 0 to 0 is no answer.
type StatusRange struct{ From, To int }

// ParseStatus reads a code ("503"), a class ("5xx"), a range ("400-499") or "none".
func ParseStatus(text string) (StatusRange, error) {
	problem := fmt.Errorf(`must be a code such as "503", a class such as "5xx", a range such as "400-499", or "none", is %q`, clip(text))
	lower := strings.ToLower(text)
	if lower == "none" {
		return StatusRange{}, nil
	}
	if len(lower) == 3 && strings.HasSuffix(lower, "xx") && lower[0] >= '1' && lower[0] <= '9' {
		first := int(lower[0]-'0') * 100
		return StatusRange{first, first + 99}, nil
	}
	from, to, isRange := strings.Cut(lower, "-")
	if !isRange {
		to = from
	}
	first, ok1 := parseCode(from)
	last, ok2 := parseCode(to)
	if !ok1 || !ok2 {
		return StatusRange{}, problem
	}
	if first > last {
		return StatusRange{}, fmt.Errorf("must begin a range with the lower code, is %q", clip(text))
	}
	return StatusRange{first, last}, nil
}

// parseCode reads the three digits of a status (RFC 9110, section 15).
func parseCode(text string) (int, bool) {
	code, err := strconv.Atoi(text)
	return code, err == nil && len(text) == 3 && code >= 100
}
