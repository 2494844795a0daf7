package recording

// symbols are the letters, in any case, and the digits. All other ASCII is between the words of a name.
const symbols = 36

// What else a byte is, where a name is read.
const (
	between  = symbols + iota // belongs to no word
	outside                   // is not of the name
	elsewise                  // may be a letter that is spelled otherwise
)

type alphabet [256]uint8

func newAlphabet(separators func(c byte) uint8) *alphabet {
	var a alphabet
	for i := range a {
		c := byte(i)
		switch {
		case 'a' <= c && c <= 'z':
			a[i] = c - 'a'
		case 'A' <= c && c <= 'Z':
			a[i] = c - 'A'
		case '0' <= c && c <= '9':
			a[i] = c - '0' + 26
		default:
			a[i] = separators(c)
		}
	}
	return &a
}

var (
	// wholeName is for a name of which begin and end are known.
	wholeName = newAlphabet(func(c byte) uint8 {
		if c >= 0x80 {
			return elsewise
		}
		return between
	})
	// quotedName is for one that begins after a quote.
	quotedName = newAlphabet(func(c byte) uint8 {
		switch {
		case c == '"' || c < ' ':
			return outside
		case c == '\\' || c >= 0x80:
			return elsewise
		}
		return between
	})
	// bareName is for one that begins where something else ends.
	bareName = newAlphabet(func(c byte) uint8 {
		switch c {
		case '_', '-', '.', '[', ']', '$', '@':
			return between
		}
		if c == '%' || c >= 0x80 {
			return elsewise
		}
		return outside
	})
)

// escapeEndsAt reports whether an escape of JSON or of a URL ends before i, as in \npassword and %20token.
func escapeEndsAt[T string | []byte](content T, i int) bool {
	return i > 1 && content[i-2] == '\\' && (content[i-1] == 'n' || content[i-1] == 'r' || content[i-1] == 't') ||
		i > 2 && content[i-3] == '%' && isHex(content[i-2]) && isHex(content[i-1]) ||
		i > 5 && content[i-6] == '\\' && content[i-5] == 'u'
}

// isEscaped reports whether i is within an escape of JSON or of a URL.
func isEscaped[T string | []byte](content T, i int) bool {
	for n := 1; n <= 5 && n <= i && isHex(content[i-n+1]); n++ {
		if content[i-n] == '%' && n <= 2 || content[i-n] == 'u' && n < i && content[i-n-1] == '\\' {
			return true
		}
	}
	return false
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
