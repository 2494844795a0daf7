package postgres

import "encoding/binary"

// Eight bytes are looked at at once. ones and highs have the lowest and the highest bit of each of them.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// unusual has the highest bit of every byte of w that is not ASCII, a control character or a backslash; and of others behind such a
// one at most. What has none is text that COPY takes as it is.
func unusual(w uint64) uint64 { return (w | (w - ' '*ones) | ((w ^ '\\'*ones) - ones)) & highs }

// unusualQuoted is unusual with the quotation mark among them: what has none stands in the strings of JSON and of arrays as it is.
func unusualQuoted(w uint64) uint64 { return unusual(w) | ((w^'"'*ones)-ones)&highs }

// mayEscape reports whether any byte of w is a control character or a backslash.
func mayEscape(w uint64) bool {
	return ((w-' '*ones)&^w|((w^'\\'*ones)-ones)&^(w^'\\'*ones))&highs != 0
}

// isPlain reports whether COPY takes text as it is.
func isPlain(text []byte) bool {
	for len(text) >= 32 {
		a, b := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[8:])
		c, d := binary.LittleEndian.Uint64(text[16:]), binary.LittleEndian.Uint64(text[24:])
		if unusual(a)|unusual(b)|unusual(c)|unusual(d) != 0 {
			return false
		}
		text = text[32:]
	}
	for len(text) >= 8 {
		if unusual(binary.LittleEndian.Uint64(text)) != 0 {
			return false
		}
		text = text[8:]
	}
	return unusual(last(text)) == 0
}

// isPlainQuoted reports whether text stands in the strings of JSON as it is, and COPY takes it so.
func isPlainQuoted(text []byte) bool {
	for len(text) >= 8 {
		if unusualQuoted(binary.LittleEndian.Uint64(text)) != 0 {
			return false
		}
		text = text[8:]
	}
	return unusualQuoted(last(text)) == 0
}

// last returns up to seven bytes, in any order and some of them twice, with spaces for those that are missing.
func last(text []byte) uint64 {
	switch n := len(text); {
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint32(text[n-4:]))<<32
	case n > 0:
		return ' '*ones&^0xffffff | uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	}
	return ' ' * ones
}

// eight returns eight bytes; package binary does it of slices only.
func eight[T string | []byte](b T) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
