package field

import (
	"net/http"
	"net/textproto"
	"slices"
)

// Line is one field of a message as it was sent: its name in its own case, its value but for white space around it.
type Line struct{ Name, Value string }

// Lines takes field lines apart as Parse does, in their order and with their names as they were sent.
func Lines(block string, bare bool) ([]Line, error) {
	var lines []Line
	for len(block) > 0 {
		line, rest, err := CutLine(block, bare)
		if err != nil {
			return nil, err
		}
		block = rest
		if line[0] == ' ' || line[0] == '\t' {
			if len(lines) == 0 {
				return nil, wrong("its first header begins with white space")
			}
			last := &lines[len(lines)-1]
			value := Trim(line)
			if !IsValue(value) {
				return nil, wrong("the header %s has control characters", Clip(last.Name))
			}
			last.Value = Trim(last.Value + " " + value)
			continue
		}
		name, value, err := cut(line)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{Name: name, Value: value})
	}
	return lines, nil
}

// Arrange appends to dst what header has, in the form that a message had: the n-th value of a name stands where its n-th was sent,
// under the name as it was sent. What sent has not comes behind, sorted by name, under the name that header has for it.
func Arrange(dst []Line, header http.Header, sent []Line) []Line {
	placed := make(map[string]int, len(header))
	for _, line := range sent {
		name := textproto.CanonicalMIMEHeaderKey(line.Name)
		values, at := header[name], placed[name]
		if at >= len(values) {
			continue
		}
		placed[name] = at + 1
		dst = append(dst, Line{Name: line.Name, Value: values[at]})
	}
	begun := len(dst)
	for name, values := range header {
		for _, value := range values[min(placed[name], len(values)):] {
			dst = append(dst, Line{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(dst[begun:], func(a, b Line) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return dst
}
