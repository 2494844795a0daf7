package replay

import (
	"strconv"
	"strings"
)

// step is one step of a path into a JSON document: a key, or an index.
type step struct {
	key   string
	index int // of an array where key is not used
	array bool
}

// path writes steps: $.items[3]["odd key"].
func path(steps []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		switch {
		case s.array:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case plainKey(s.key):
			b.WriteString("." + s.key)
		default:
			b.WriteString("[" + strconv.Quote(clip(s.key)) + "]")
		}
	}
	return b.String()
}

func plainKey(key string) bool {
	if key == "" || len(key) > 80 {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
