package recording

import (
	"maps"
	"slices"
	"strings"
)

// arranged returns what arrange appends, with the names of values in any case.
func arranged(values Values, host string, names []string) []HeaderLine {
	values = byCanonicalName(values)
	return arrange(make([]HeaderLine, 0, len(values)+1), new(places), values, host, names)
}

// arrange appends values in the order and the case of the names that were sent, none where nothing is known: the n-th value of a name
// stands where its n-th was sent. What is not there any more is left out; what was not sent comes behind, sorted. A host that is no
// value stands where it was sent, first where nothing is known, and else nowhere. placed is empty.
func arrange(lines []HeaderLine, placed *places, values Values, host string, sent []string) []HeaderLine {
	if host != "" {
		if _, isValue := values["Host"]; isValue {
			host = ""
		}
	}
	// left are the names that no value of is placed yet, missing the values of the others.
	left, missing := len(values), 0
	for _, name := range sent {
		if list := values.named(name); len(list) > 0 {
			if at := placed.next(name); at < len(list) {
				if at == 0 {
					left--
					missing += len(list)
				}
				missing--
				lines = append(lines, HeaderLine{name, list[at]})
			}
		} else if host != "" && strings.EqualFold(name, "host") {
			lines = append(lines, HeaderLine{name, host})
			host = "" // once
		}
	}
	if len(sent) == 0 && host != "" {
		lines = append(lines, HeaderLine{"Host", host})
	}
	if left == 0 && missing == 0 {
		return lines
	}
	var behind []string
	for name, list := range values {
		if placed.of(name) < len(list) {
			behind = append(behind, name)
		}
	}
	slices.Sort(behind)
	for _, name := range behind {
		for _, value := range values[name][placed.of(name):] {
			lines = append(lines, HeaderLine{name, value})
		}
	}
	return lines
}

// places are how many values of each name have their place. Messages mostly have few names.
type places struct {
	few  [24]place
	used int
	more map[string]int
	// seen has a bit for each name among few, which others may share.
	seen uint64
}

type place struct {
	name  string
	count int
}

func (p *places) reset() {
	clear(p.few[:p.used])
	p.used, p.more, p.seen = 0, nil, 0
}

// next counts one more, and returns how many there were.
func (p *places) next(name string) int {
	if bit := nameBit(name); p.seen&bit == 0 {
		p.seen |= bit
	} else {
		for i := range p.used {
			if sameName(p.few[i].name, name) {
				p.few[i].count++
				return p.few[i].count - 1
			}
		}
	}
	if p.used < len(p.few) {
		p.few[p.used] = place{name, 1}
		p.used++
		return 0
	}
	if p.more == nil {
		p.more = map[string]int{}
	}
	name = HeaderName(name)
	p.more[name]++
	return p.more[name] - 1
}

func (p *places) of(name string) int {
	for i := range p.used {
		if sameName(p.few[i].name, name) {
			return p.few[i].count
		}
	}
	return p.more[HeaderName(name)]
}

// nameBit is the same for names that are the same but for the case of their letters.
func nameBit(name string) uint64 {
	if name == "" {
		return 1
	}
	sum := uint(len(name)) + 7*uint(name[0]|0x20) + 13*uint(name[len(name)/2]|0x20) + 29*uint(name[len(name)-1]|0x20)
	return 1 << (sum & 63)
}

// sameName reports whether names are the same but for the case of ASCII letters.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if c, d := a[i], b[i]; c != d && (c|0x20 != d|0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// named returns the values of a name in any case, of v which has canonical names. It allocates nothing.
func (v Values) named(name string) []string {
	if name != "" && (name[0] < 'a' || name[0] > 'z') {
		if list, ok := v[name]; ok {
			return list
		}
	}
	var room [64]byte
	if len(name) > len(room) {
		return v[HeaderName(name)]
	}
	canonical := append(room[:0], name...)
	upper := true
	for i, c := range canonical {
		switch {
		case upper && 'a' <= c && c <= 'z':
			canonical[i] -= 'a' - 'A'
		case !upper && 'A' <= c && c <= 'Z':
			canonical[i] += 'a' - 'A'
		}
		upper = c == '-'
	}
	return v[string(canonical)]
}

// byCanonicalName returns values with all names in their canonical form, as captured ones have them; those of files may not.
func byCanonicalName(values Values) Values {
	canonical := true
	for name := range values {
		canonical = canonical && HeaderName(name) == name
	}
	if canonical {
		return values
	}
	out := make(Values, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out[HeaderName(name)] = append(out[HeaderName(name)], values[name]...)
	}
	return out
}
