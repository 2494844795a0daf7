package recording

import "strings"

// reach is how much of a name a listed one may be, to count.
type reach uint8

const (
	nowhere reach = iota
	// whole is all of it, or all after its last bracket, dot or colon: pin of pin, user[pin] and user.pin.
	whole
	// words are its last words: pass of user_pass and of userPass, not of compass.
	words
	// anywhere is its end: token of accesstoken.
	anywhere
)

// nameRule is what a listed name says of those that end with it.
type nameRule struct {
	// secret and keep are how much of a name must be the listed one to be a secret, and to be none.
	secret, keep reach
	// always reports whether keep wins over whatever longer names say, as what was configured does.
	always bool
	// textOnly reports whether numbers and objects are no secret.
	textOnly bool
	// tail reports whether the name may follow a secret one.
	tail   bool
	action action
}

// normalName returns how names are compared: letters in lower case, and digits.
func normalName(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		if c >= 0x80 || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// nameSet tells which names are secret. It is a tree of the listed names read from their end, so that a name is looked at
// where it stands, without a copy, and most are told from all listed ones by their last two or three letters.
type nameSet struct {
	next  [][symbols]uint32
	rules []nameRule
	// others have letters beside those of ASCII, or are long. They are compared as a whole.
	others map[string]nameRule
	// ends are the last three bytes that names may have, by their kinds, as bits.
	ends []uint64
}

// longestListed is how many letters and digits a name in the tree has at most.
const longestListed = 100

func newNameSet() *nameSet {
	return &nameSet{next: make([][symbols]uint32, 1), rules: make([]nameRule, 1), others: map[string]nameRule{}}
}

// rule is the rule of a listed name in normal form, to be changed by set.
func (s *nameSet) set(name string, change func(*nameRule)) {
	ascii := len(name) <= longestListed
	for i := range len(name) {
		ascii = ascii && name[i] < 0x80
	}
	if !ascii {
		rule := s.others[name]
		change(&rule)
		s.others[name] = rule
		return
	}
	node := uint32(0)
	for i := len(name) - 1; i >= 0; i-- {
		symbol := wholeName[name[i]]
		if s.next[node][symbol] == 0 {
			s.next[node][symbol] = uint32(len(s.next))
			s.next, s.rules = append(s.next, [symbols]uint32{}), append(s.rules, nameRule{})
		}
		node = s.next[node][symbol]
	}
	change(&s.rules[node])
}

func (s *nameSet) empty() bool { return len(s.next) == 1 && len(s.others) == 0 }

// found is what a set says of a name.
type found struct {
	rule nameRule
	// begin is where the listed name begins.
	begin int
	// secret reports whether the name is one of a secret; odd whether it may have letters that are spelled otherwise.
	secret, odd bool
}

// find reports whether a name is one of a secret, and what happens to that.
func (s *nameSet) find(name string) (nameRule, bool) {
	if n := len(name); 2 < n && n <= longestListed && !s.mayEndWith(name[n-3], name[n-2], name[n-1]) {
		return nameRule{}, false
	}
	f := lookBack(s, name, 0, len(name), wholeName)
	if f.odd && !f.secret && len(s.others) > 0 || len(name) > longestListed && len(s.others) > 0 {
		if rule, ok := s.others[normalName(name)]; ok {
			return rule, rule.secret != nowhere && rule.keep == nowhere
		}
	}
	return f.rule, f.secret
}

// lookBack returns what the set says of the name that ends at end, and begins where its alphabet ends, or at low.
func lookBack[T string | []byte](s *nameSet, content T, low, end int, letters *alphabet) found {
	if end > low && isDigit(content[end-1]) && !hasLetter(content, low, end) {
		return found{} // 12:30
	}
	f, tail := readBack(s, content, low, end, letters)
	for range 3 {
		if f.secret || f.odd || f.rule.keep != nowhere {
			return f
		}
		// password2, password_confirmation
		at := tail
		if at < 0 {
			for at = end; at > low && letters[content[at-1]] == between; {
				at--
			}
			last := at
			for at > low && last-at < 6 && isDigit(content[at-1]) {
				at--
			}
			if at == last {
				return f
			}
		}
		if at <= low {
			return f
		}
		end = at
		shorter, further := readBack(s, content, low, end, letters)
		if shorter.secret && shorter.rule.secret != anywhere {
			return f
		}
		f, tail = shorter, further
	}
	return f
}

// hasLetter reports whether a letter, or what may be one, is before the digits that end at end.
func hasLetter[T string | []byte](content T, low, end int) bool {
	for end > low && end > 0 {
		switch c := content[end-1]; {
		case isDigit(c), c == ' ', c == '_', c == '-', c == '.', c == '[', c == ']':
			end--
		default:
			return isAlphanumeric(c) || c >= 0x80 || c == '%'
		}
	}
	return false
}

// maxNameBytes is how far a name is looked at from its end, with whatever is between its words.
const maxNameBytes = 256

// readBack reads a name backwards. The longest listed name that it ends with decides. tail is where a word begins that
// may follow a secret name, or -1.
func readBack[T string | []byte](s *nameSet, content T, low, end int, letters *alphabet) (f found, tail int) {
	tail = -1
	node := uint32(0)
	low = max(low, end-maxNameBytes)
	for i := end - 1; i >= low; i-- {
		symbol := letters[content[i]]
		if symbol >= symbols {
			if symbol == between {
				continue
			}
			f.odd = symbol == elsewise && !f.secret
			break
		}
		if node = s.next[node][symbol]; node == 0 {
			f.odd = !f.secret && isEscaped(content, i)
			break
		}
		rule := &s.rules[node]
		if rule.secret == nowhere && rule.keep == nowhere && !rule.tail {
			continue
		}
		begins := beginsAt(content, low, i, letters)
		switch {
		case rule.keep.counts(begins):
			f.rule, f.begin, f.secret = *rule, i, false
			if rule.always {
				return f, -1
			}
		case rule.secret.counts(begins):
			f.rule, f.begin, f.secret = *rule, i, true
		}
		if rule.tail && begins != insideAWord {
			tail = i
		}
	}
	return f, tail
}

// beginning is what begins at a letter.
type beginning uint8

const (
	insideAWord beginning = iota
	ofAWord
	ofAName
)

// counts reports whether a listed name that reaches so far is met where it begins so.
func (r reach) counts(begins beginning) bool {
	switch r {
	case anywhere:
		return true
	case words:
		return begins != insideAWord
	case whole:
		return begins == ofAName
	}
	return false
}

// beginsAt returns what begins at i.
func beginsAt[T string | []byte](content T, low, i int, letters *alphabet) beginning {
	if i == low || escapeEndsAt(content, i) {
		return ofAName
	}
	before := content[i-1]
	switch kind := letters[before]; {
	case kind == outside || kind == elsewise || before == '[' || before == '.' || before == ':':
		return ofAName
	case kind == between:
		for i--; i > low && letters[content[i-1]] == between; i-- {
			if content[i-1] == '[' || content[i-1] == '.' {
				return ofAWord
			}
		}
		if i == low || letters[content[i-1]] == outside {
			return ofAName
		}
		return ofAWord
	}
	upper := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	lower := func(c byte) bool { return 'a' <= c && c <= 'z' }
	switch c := content[i]; {
	case isDigit(before) && !isDigit(c), upper(c) && lower(before),
		upper(c) && upper(before) && i+1 < len(content) && lower(content[i+1]):
		return ofAWord
	}
	return insideAWord
}
