package recording

import "bytes"

const (
	minCard = 13
	maxCard = 19
)

// issuer is a range of the first digits of card numbers (ISO/IEC 7812-1), as many as both ends have, and the lengths that
// they have, as bits.
type issuer struct {
	from, to, digits int
	lengths          uint32
}

const (
	of13, of14, of15, of16, of19 = 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 19
	of16To19                     = of16 | 1<<17 | 1<<18 | of19
	of13To19                     = of13 | of14 | of15 | of16To19
)

var issuers = []issuer{
	{4, 4, 1, of13 | of16 | of19},                                   // Visa
	{51, 55, 2, of16},                                               // Mastercard
	{2221, 2720, 4, of16},                                           //
	{2200, 2204, 4, of16To19},                                       // Mir
	{34, 34, 2, of15},                                               // American Express
	{37, 37, 2, of15},                                               //
	{300, 305, 3, of14 | of16To19},                                  // Diners Club
	{3095, 3095, 4, of14 | of16To19},                                //
	{36, 36, 2, of14 | of15 | of16To19},                             //
	{38, 39, 2, of14 | of16To19},                                    //
	{3528, 3589, 4, of16To19},                                       // JCB
	{6011, 6011, 4, of16To19},                                       // Discover
	{644, 649, 3, of16To19},                                         //
	{65, 65, 2, of16To19},                                           //
	{62, 62, 2, of16To19},                                           // UnionPay
	{8100, 8171, 4, of16To19},                                       //
	{5018, 5020, 4, of13To19},                                       // Maestro, Dankort
	{5038, 5038, 4, of13To19},                                       //
	{5893, 5893, 4, of13To19},                                       //
	{6304, 6304, 4, of13To19},                                       //
	{6759, 6759, 4, of13To19},                                       //
	{6761, 6763, 4, of13To19},                                       //
	{5085, 5089, 4, of16}, {6069, 6085, 4, of16}, {82, 82, 2, of16}, // RuPay
}

func isCardByte(c byte) bool { return isDigit(c) || c == ' ' || c == '-' }

// findCards finds numbers of payment cards (ISO/IEC 7812): of an issuer, of a length that it gives out, in one piece or in
// the groups that are printed on cards, with a check digit.
func findCards(found []span, content []byte, cut bool) []span {
	// Of 13 bytes in a row that are of a card, the last is. So most bytes need not be looked at.
	for at := minCard - 1; at < len(content); {
		if !isCardByte(content[at]) {
			at += minCard
			continue
		}
		start, end := at, at+1
		for start > 0 && isCardByte(content[start-1]) {
			start--
		}
		for end < len(content) && isCardByte(content[end]) {
			end++
		}
		found = cardsIn(found, content, start, end)
		at = end + minCard
	}
	if cut {
		found = cutCard(found, content)
	}
	return found
}

// cardsIn finds cards in content[start:end], which is digits, spaces and dashes.
func cardsIn(found []span, content []byte, start, end int) []span {
	for i := start; i < end; i++ {
		if !isDigit(content[i]) || i > 0 && (isDigit(content[i-1]) || notBeforeCard(content, i)) {
			continue
		}
		if last, ok := cardAt(content, i, end); ok {
			found = append(found, span{i, last, cardDetector})
			i = last
		}
	}
	return found
}

// notBeforeCard reports whether what is before i makes the digits there a part of something else: a word, an id of words and
// dashes, a fraction, the number of a telephone.
func notBeforeCard(content []byte, i int) bool {
	if insideWord(content, i) {
		return true
	}
	before := func(n int) bool { return i > n && isAlphanumeric(content[i-1-n]) }
	switch content[i-1] {
	case '-':
		return before(1)
	case '.':
		return i > 1 && isDigit(content[i-2])
	case '+':
		return !before(1)
	}
	return false
}

// notAfterCard reports whether what is at i, after the digits, makes them a part of something else.
func notAfterCard(content []byte, i int) bool {
	if i >= len(content) {
		return false
	}
	if isAlphanumeric(content[i]) || content[i] == '_' {
		return true
	}
	after := i+1 < len(content)
	return after && content[i] == '-' && isAlphanumeric(content[i+1]) || after && content[i] == '.' && isDigit(content[i+1])
}

// cardGroups are how card numbers are printed.
var cardGroups = [][]int{{4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}, {4, 4, 4, 4, 3}, {4, 4, 4, 1}, {6, 13}, {4, 5, 6}, {8, 8}, {4, 4, 4, 3}, {4, 4, 4, 2}}

// cardAt returns the end of the card that begins at i, and whether one does. A number in groups of spaces may be followed by other digits in a
// group.
func cardAt(content []byte, i, end int) (int, bool) {
	var digits [maxCard]byte
	var groups [5]int
	n, group, best := 0, 0, 0
	separator := byte(0)
	for at := i; at < end; at++ {
		c := content[at]
		if !isDigit(c) {
			if at+1 >= end || !isDigit(content[at+1]) || separator != 0 && c != separator || group == len(groups)-1 {
				break // two separators in a row, or others, or nothing more
			}
			separator = c
			group++
			continue
		}
		if n == maxCard {
			break
		}
		digits[n] = c - '0'
		n++
		groups[group]++
		ends := at+1 == end || !isDigit(content[at+1])
		if ends && n >= minCard && isGrouped(groups[:group+1]) && isCard(digits[:n]) && !notAfterCard(content, at+1) {
			best = at + 1
		}
	}
	return best, best > 0
}

// isGrouped reports whether a number is in one piece, or in groups as cards are.
func isGrouped(groups []int) bool {
	if len(groups) == 1 {
		return true
	}
	for _, known := range cardGroups {
		if len(known) != len(groups) {
			continue
		}
		same := true
		for i, size := range known {
			same = same && groups[i] == size
		}
		if same {
			return true
		}
	}
	return false
}

// isCard reports whether an issuer gives out numbers of that begin and length, and the check digit (Luhn, ISO/IEC 7812-1,
// annex B) is right.
func isCard(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		v := int(d)
		if (len(digits)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0 && isIssued(digits, 1<<len(digits))
}

// isIssued reports whether an issuer gives out numbers that begin with these digits, of one of the lengths.
func isIssued(digits []byte, lengths uint32) bool {
	prefix, n := 0, 0
	for _, d := range digits[:min(4, len(digits))] {
		prefix = prefix*10 + int(d)
		n++
		for _, issuer := range issuers {
			if issuer.digits == n && issuer.from <= prefix && prefix <= issuer.to && issuer.lengths&lengths != 0 {
				return true
			}
		}
	}
	return false
}

// cutCard finds the begin of a card at the end of a content that was cut off.
func cutCard(found []span, content []byte) []span {
	start, digits := len(content), 0
	for start > 0 && isCardByte(content[start-1]) && digits < maxCard {
		start--
		if isDigit(content[start]) {
			digits++
		}
	}
	for start < len(content) && !isDigit(content[start]) {
		start++
	}
	if digits < 6 || digits > maxCard || start > 0 && notBeforeCard(content, start) {
		return found
	}
	var first [4]byte
	n := 0
	for _, c := range content[start:] {
		if isDigit(c) && n < len(first) {
			first[n] = c - '0'
			n++
		}
	}
	// As long as what is there, or longer.
	if !isIssued(first[:n], ^uint32(0)<<digits) {
		return found
	}
	return append(found, span{start, len(content), cardDetector})
}

// noCardBytes are after digits that are no number in JSON.
var noCardBytes = []byte(`,}]\`)

// numberQuote returns what quotes around a number of JSON are, where the span is one.
func numberQuote(content []byte, s span) (string, bool) {
	if bytes.ContainsAny(content[s.start:s.end], " -") {
		return "", false
	}
	if end := skipSpace(content, s.end); end < len(content) && bytes.IndexByte(noCardBytes, content[end]) < 0 {
		return "", false
	}
	before := skipSpaceBack(content, s.start)
	if before == 0 {
		return "", false
	}
	switch content[before-1] {
	case ':':
		name := skipSpaceBack(content, before-1)
		if name == 0 || content[name-1] != '"' {
			return "", false
		}
		n := backslashesBefore(content, name-1)
		return string(content[name-1-n : name]), true
	case ',', '[':
		begin := bytes.TrimLeft(content, " \t\r\n")
		return `"`, len(begin) > 0 && (begin[0] == '{' || begin[0] == '[')
	}
	return "", false
}
