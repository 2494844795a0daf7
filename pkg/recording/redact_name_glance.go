package recording

import "encoding/binary"

// The bytes that a name ends with, by kind: symbols, what ends every name, and all else.
const (
	endsNames  = symbols
	otherKind  = symbols + 1
	endKinds   = symbols + 2
	endedNames = endKinds * endKinds * endKinds
)

var endKind = func() (kinds [256]uint32) {
	for i := range kinds {
		switch symbol := quotedName[i]; {
		case symbol < symbols:
			kinds[i] = uint32(symbol)
		case symbol == outside:
			kinds[i] = endsNames
		default:
			kinds[i] = otherKind
		}
	}
	return kinds
}()

// seal makes what tells most names quickly, when all are set.
func (s *nameSet) seal() *nameSet {
	s.ends = make([]uint64, endedNames/64+1)
	note := func(last, second, third uint32) {
		at := (last*endKinds+second)*endKinds + third
		s.ends[at>>6] |= 1 << (at & 63)
	}
	for last := range uint32(endKinds) {
		for second := range uint32(endKinds) {
			for third := range uint32(endKinds) {
				if s.alive(last, second, third) {
					note(last, second, third)
				}
			}
		}
	}
	return s
}

// alive reports whether a listed name may end with bytes of these kinds, the last one first.
func (s *nameSet) alive(kinds ...uint32) bool {
	node := uint32(0)
	for i, kind := range kinds {
		if i == 0 && kind == endsNames {
			return false
		}
		switch {
		case kind == endsNames:
			return s.rules[node] != (nameRule{})
		case kind == otherKind, i == 0 && kind >= 26: // a digit may follow any name
			return true
		}
		if node = s.next[node][kind]; node == 0 {
			return false
		}
		if s.rules[node] != (nameRule{}) {
			return true
		}
	}
	return true
}

// may reports whether a listed name, or one with an escape, may end at end.
func (s *nameSet) may(content []byte, end int) bool {
	if end < 8 {
		return end > 0
	}
	last := binary.LittleEndian.Uint64(content[end-8:])
	if s.mayEndWith(byte(last>>40), byte(last>>48), byte(last>>56)) {
		return true
	}
	return hasByte(last, '\\') || hasByte(last, '%')
}

// mayEndWith reports whether a listed name may end with three bytes.
func (s *nameSet) mayEndWith(third, second, last byte) bool {
	at := (endKind[last]*endKinds+endKind[second])*endKinds + endKind[third]
	return s.ends[at>>6]&(1<<(at&63)) != 0
}

// hasByte reports whether one of eight bytes is c.
func hasByte(eight uint64, c byte) bool {
	const ones = 0x0101010101010101
	eight ^= ones * uint64(c)
	return (eight-ones)&^eight&(ones<<7) != 0
}

// mayEnd reports whether text, without what is no letter at its end, ends with any listed name, or with digits after one.
func (s *nameSet) mayEnd(text string) bool {
	end := len(text)
	for end > 0 && wholeName[text[end-1]] == between {
		end--
	}
	if end > 2 && !s.mayEndWith(text[end-3], text[end-2], text[end-1]) {
		return false
	}
	digits := end
	for digits > 0 && isDigit(text[digits-1]) {
		digits--
	}
	if digits < end && s.mayEnd(text[:digits]) {
		return true
	}
	node := uint32(0)
	for i := end - 1; i >= 0; i-- {
		symbol := wholeName[text[i]]
		if symbol == elsewise {
			return true
		}
		if symbol == between {
			continue
		}
		if node = s.next[node][symbol]; node == 0 {
			return false
		}
		if rule := &s.rules[node]; rule.secret != nowhere || rule.tail {
			return true
		}
	}
	return false
}
