package recording

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// arranged returns what arrange yields, with the names of values in any case.
func arranged(values Values, host string, sent iter.Seq2[string, string]) []HeaderLine {
	values = byCanonicalName(values)
	lines := make([]HeaderLine, 0, len(values)+1)
	for name, value := range arrange(new(places), values, host, sent) {
		lines = append(lines, HeaderLine{name, value})
	}
	return lines
}

// arrange yields values in the order and the case that sent yields, which is nil where nothing is known: the n-th value of a name
// stands where its n-th was sent. What is not there any more is left out; what sent has not comes behind, sorted. A host that is no
// value stands where sent has it, first where nothing is known, and else nowhere. placed is empty.
func arrange(placed *places, values Values, host string, sent iter.Seq2[string, string]) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		known, missing := false, 0
		for _, list := range values {
			missing += len(list)
		}
		if _, isValue := values["Host"]; isValue {
			host = ""
		}
		if sent != nil {
			for name := range sent {
				known = true
				if list := values.named(name); len(list) > 0 {
					if at := placed.next(name); at < len(list) {
						missing--
						if !yield(name, list[at]) {
							return
						}
					}
				} else if host != "" && strings.EqualFold(name, "host") {
					if !yield(name, host) {
						return
					}
					host = "" // once
				}
			}
		}
		if !known && host != "" && !yield("Host", host) {
			return
		}
		if missing == 0 {
			return
		}
		var left []string
		for name, list := range values {
			if placed.of(name) < len(list) {
				left = append(left, name)
			}
		}
		slices.Sort(left)
		for _, name := range left {
			for _, value := range values[name][placed.of(name):] {
				if !yield(name, value) {
					return
				}
			}
		}
	}
}

// places are how many values of each name have their place. Messages mostly have few names.
type places struct {
	few  [24]place
	used int
	more map[string]int
}

type place struct {
	name  string
	count int
}

func (p *places) reset() {
	clear(p.few[:p.used])
	p.used, p.more = 0, nil
}

// next counts one more, and returns how many there were.
func (p *places) next(name string) int {
	for i := range p.used {
		if sameName(p.few[i].name, name) {
			p.few[i].count++
			return p.few[i].count - 1
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
