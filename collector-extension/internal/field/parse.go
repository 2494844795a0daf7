package field

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Error says what is wrong with fields.
type Error struct{ What string }

func (e *Error) Error() string { return e.What }

func wrong(format string, arguments ...any) *Error {
	return &Error{What: fmt.Sprintf(format, arguments...)}
}

// Parse takes field lines apart. Names come in the form that http.Header has, values as they are but for white space around them;
// a fold is a space, as RFC 9112 section 5.2 has it: it cannot end a field for anybody. Lines end with CR LF, or with LF alone where
// bare is true, as section 2.2 lets recipients have it. What it refuses gives an *Error.
func Parse(block string, bare bool) (http.Header, error) {
	var f Filled
	if err := f.Parse(block, bare); err != nil {
		return nil, err
	}
	return f.Header, nil
}

// Filled is a header that is filled with the fields of one message after another, in the same memory: what it had before is gone then,
// values that somebody has kept too. The zero value is ready.
type Filled struct {
	Header http.Header
	// Names are the known names of the fields that were read into the header, whatever was done to that since.
	Names Names
	// HostApart has the values of Host put into Hosts instead of the header.
	HostApart bool
	Hosts     []string
	values    []string
}

// maxFilled is how many names a header may have had, and how many lines, for its memory to be used again.
const maxFilled = 64

// Empty returns the header without a field.
func (f *Filled) Empty() http.Header {
	if f.Header == nil || len(f.Header) > maxFilled {
		f.Header = make(http.Header, 8)
	}
	clear(f.Header)
	f.Names = 0
	return f.Header
}

// Parse fills the header as the function Parse says. What is in it after an error is no header.
func (f *Filled) Parse(block string, bare bool) error {
	count := strings.Count(block, "\n") + 1
	if f.Header == nil {
		f.Header = make(http.Header, min(count, maxFilled))
	}
	header := f.Empty()
	if f.Hosts = f.Hosts[:0]; cap(f.Hosts) > maxFilled {
		f.Hosts = nil
	}
	if cap(f.values) < count || cap(f.values) > maxFilled {
		f.values = make([]string, 0, count)
	}
	values := f.values[:0]
	last := ""
	for len(block) > 0 {
		line, rest, err := CutLine(block, bare)
		if err != nil {
			return err
		}
		block = rest
		if line[0] == ' ' || line[0] == '\t' {
			if last == "" {
				return wrong("its first header begins with white space")
			}
			folded := header[last]
			if f.HostApart && last == names[Host] {
				folded = f.Hosts
			}
			value := Trim(line)
			if !IsValue(value) {
				return wrong("the header %s has control characters", Clip(last))
			}
			folded[len(folded)-1] = Trim(folded[len(folded)-1] + " " + value)
			continue
		}
		which, name, value, err := cut(line)
		if err != nil {
			return err
		}
		last = which.key(name)
		if which == Host && f.HostApart {
			f.Hosts = append(f.Hosts, value)
			continue
		}
		if which == Other || f.Names.Has(which) {
			if before, ok := header[last]; ok {
				header[last] = append(before, value)
				continue
			}
		}
		f.Names |= Of(which)
		// One array for the first value of each name.
		values = append(values, value)
		header[last] = values[len(values)-1 : len(values) : len(values)]
	}
	f.values = values
	return nil
}

// CutLine cuts a line off that is not empty, and ends as Parse says; the last one may have no end where bare is true.
func CutLine(block string, bare bool) (line, rest string, err error) {
	end := strings.IndexByte(block, '\n')
	switch {
	case end < 0 && bare:
		line = block
	case end < 0:
		return "", "", wrong("a line ends without a carriage return")
	default:
		line, rest = block[:end], block[end+1:]
	}
	if whole, ok := strings.CutSuffix(line, "\r"); ok {
		line = whole
	} else if !bare {
		return "", "", wrong("a line ends without a carriage return")
	}
	if line == "" {
		return "", "", wrong("a line is empty")
	}
	return line, rest, nil
}

// cut takes a line apart; which is its name where that is known.
func cut(line string) (which Name, name, value string, err error) {
	colon := strings.IndexByte(line, ':')
	if colon > 0 {
		name = line[:colon]
		which = known(name)
	}
	if which == Other && !IsToken(name) {
		return Other, "", "", wrong("the header %q has no valid name", Clip(line))
	}
	value = Trim(line[colon+1:])
	if !IsValue(value) {
		return Other, "", "", wrong("the header %s has control characters", Clip(name))
	}
	return which, name, value, nil
}

// Length returns what Content-Length says, which may be repeated where it is the same (RFC 9110 section 8.6), in bytes. There is
// at least one value.
func Length(values []string) (int64, error) {
	for _, value := range values[1:] {
		if value != values[0] {
			return 0, wrong("it has the Content-Lengths %q and %q", Clip(values[0]), Clip(value))
		}
	}
	length, err := strconv.ParseUint(values[0], 10, 63)
	if err != nil {
		return 0, wrong("its Content-Length is %q", Clip(values[0]))
	}
	return int64(length), nil
}

// Clip returns the beginning of what somebody sent, to be shown.
func Clip(s string) string {
	const most = 60
	return s[:min(len(s), most)]
}
