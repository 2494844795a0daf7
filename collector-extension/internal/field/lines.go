package field

import "strings"

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
		_, name, value, err := cut(line)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{Name: name, Value: value})
	}
	return lines, nil
}

// AppendNames appends the names of field lines that were parsed already, in their order and as they were sent: one for each line.
func AppendNames(names []string, block string) []string {
	for block != "" {
		var line string
		line, block, _ = strings.Cut(block, "\n")
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			continue // It belongs to the one before it.
		}
		if colon := strings.IndexByte(line, ':'); colon > 0 {
			names = append(names, line[:colon])
		}
	}
	return names
}
