package validation

// Nests reports whether objects and lists of a JSON text nest deeper than most. The text need not be valid. It is for what
// is foreign and must be taken as it comes: what reads it level by level would take as long as there are levels.
func Nests(text []byte, most int) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth++; depth > most {
				return true
			}
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
	}
	return false
}
