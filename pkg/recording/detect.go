package recording

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"net/netip"
	"slices"
)

// The detectors.
const (
	bearerDetector = iota
	basicDetector
	jwtDetector
	cardDetector
	emailDetector
	ipDetector
)

var detectorNames = [...]string{"bearer", "basic", "jwt", "credit_card", "email", "ip"}

// detectors are what is looked for by its look.
type detectors struct {
	any     bool
	on      [len(detectorNames)]bool
	actions [len(detectorNames)]action
}

// span is a secret in a content, and the detector that found it.
type span struct{ start, end, by int }

// find is all that detectors find, in order and without overlaps. cut is whether the content was cut off at its end,
// where then even a part of a secret counts. Each detector looks for what is rare first, so that a content without
// secrets costs little more than reading it.
func (d *detectors) find(content []byte, cut bool) []span {
	var found []span
	if d.on[jwtDetector] {
		found = findJWTs(found, content, cut)
	}
	if d.on[bearerDetector] {
		found = findCredentials(found, content, cut, bearerDetector, "earer", "EARER")
	}
	if d.on[basicDetector] {
		found = findCredentials(found, content, cut, basicDetector, "asic", "ASIC")
		found = findUserinfo(found, content, "//")
		found = findUserinfo(found, content, `\/\/`)
	}
	if d.on[cardDetector] {
		found = findCards(found, content, cut)
	}
	if d.on[emailDetector] {
		found = findEmails(found, content)
	}
	if d.on[ipDetector] {
		found = findIPs(found, content)
	}
	if len(found) < 2 {
		return found
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	kept := found[:1]
	for _, s := range found[1:] {
		last := &kept[len(kept)-1]
		if s.start >= last.end {
			kept = append(kept, s)
		} else if s.end > last.end {
			last.end = s.end
		}
	}
	return kept
}

// replace is content with the spans replaced. A number of JSON becomes a string, so that JSON stays JSON.
func (r *Redactor) replace(content []byte, found []span) []byte {
	out := make([]byte, 0, len(content)+len(found)*len(Mask))
	copied := 0
	for _, s := range found {
		out = append(out, content[copied:s.start]...)
		text := r.replacement(r.detectors.actions[s.by], string(content[s.start:s.end]))
		if s.by == cardDetector {
			if quote, ok := numberQuote(content, s); ok {
				text = quote + text + quote
			}
		}
		out = append(out, text...)
		copied = s.end
	}
	return append(out, content[copied:]...)
}

// numberQuote is what quotes around a number of JSON are, where the span is one.
func numberQuote(content []byte, s span) (string, bool) {
	if end := skipSpace(content, s.end); end < len(content) && bytes.IndexByte([]byte(`,}]\`), content[end]) < 0 {
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

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// insideWord is whether a word, or a number, goes on at i. An escape of JSON or of a URL before i is none.
func insideWord(content []byte, i int) bool {
	if i == 0 || !isAlphanumeric(content[i-1]) && content[i-1] != '_' {
		return false
	}
	escaped := i > 1 && content[i-2] == '\\' && bytes.IndexByte([]byte("nrtbf"), content[i-1]) >= 0 ||
		i > 2 && content[i-3] == '%' ||
		i > 5 && content[i-6] == '\\' && content[i-5] == 'u'
	return !escaped
}

// afterEscape is where the text begins, of which i is the first byte, where that is the letter of an escape of JSON.
func afterEscape(content []byte, i int) int {
	switch {
	case i == 0 || content[i-1] != '\\':
		return i
	case content[i] == 'u':
		return i + 5
	}
	return i + 1
}

// isURLBase64 is whether c is of base64url (RFC 4648, section 5).
func isURLBase64(c byte) bool { return isAlphanumeric(c) || c == '-' || c == '_' }

// findJWTs finds JSON Web Tokens in their compact forms (RFC 7515, section 7.1; RFC 7516, section 7.1): base64url of a
// JSON object that has alg, a dot, and more of these.
func findJWTs(found []span, content []byte, cut bool) []span {
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte("eyJ")) // {" in base64
		if next < 0 {
			return found
		}
		start := at + next
		end := start
		for end < len(content) && (isURLBase64(content[end]) || content[end] == '.') {
			end++
		}
		at = end
		if insideWord(content, start) {
			at = start + 3
			continue
		}
		header, rest, dotted := bytes.Cut(content[start:end], []byte("."))
		whole := dotted && len(rest) > 0 && len(header) <= 8192 && hasAlgorithm(header)
		if whole || cut && end == len(content) && end-start >= 8 {
			found = append(found, span{start, end, jwtDetector})
		}
	}
}

func hasAlgorithm(header []byte) bool {
	var buffer [256]byte
	decoded := buffer[:]
	if n := base64.RawURLEncoding.DecodedLen(len(header)); n > len(decoded) {
		decoded = make([]byte, n)
	}
	n, _ := base64.RawURLEncoding.Decode(decoded, header)
	return bytes.Contains(decoded[:n], []byte(`"alg"`))
}

// findCredentials finds what follows the name of a scheme of authentication (RFC 9110, section 11.4). tail and upper are
// the name without its first letter, in small and in capital letters.
func findCredentials(found []span, content []byte, cut bool, by int, tail, upper string) []span {
	for _, name := range []string{tail, upper} {
		for at := 0; ; {
			next := bytes.Index(content[at:], []byte(name))
			if next < 0 {
				break
			}
			begin := at + next - 1
			at += next + len(name)
			if begin < 0 || content[begin]|0x20 != 'b' || insideWord(content, begin) {
				continue
			}
			start := at
			for start < len(content) && (content[start] == ' ' || content[start] == '\t' || content[start] == '+') || bytes.HasPrefix(content[start:], []byte("%20")) {
				if content[start] == '%' {
					start += 2
				}
				start++
			}
			if start == at {
				continue
			}
			end := start
			for end < len(content) && (isToken68(content[end]) || content[end] == '\\' && end+1 < len(content) && content[end+1] == '/') {
				end++
			}
			at = start // where no secret is, the next name may be
			secret := cut && end == len(content) ||
				by == bearerDetector && isBearerToken(content[start:end]) || by == basicDetector && isBasicToken(content[start:end])
			if end > start && secret {
				found = append(found, span{start, end, by})
				at = end
			}
		}
	}
	return found
}

// isToken68 is whether c can be in credentials (RFC 9110, section 11.2), also where they are percent-encoded.
func isToken68(c byte) bool {
	return isAlphanumeric(c) || bytes.IndexByte([]byte("-._~+/=%"), c) >= 0
}

// isBearerToken tells a token (RFC 6750) from words of a sentence and from parameters of a challenge.
func isBearerToken(token []byte) bool {
	if name, _, parameter := bytes.Cut(token, []byte("=")); parameter {
		switch string(bytes.ToLower(name)) {
		case "realm", "scope", "error", "error_description", "error_uri", "authorization_uri", "charset":
			return false
		}
	}
	return len(token) >= 20 || len(token) >= 6 && bytes.ContainsAny(token, "0123456789")
}

// isBasicToken is whether token is user and password (RFC 7617), with whatever follows them.
func isBasicToken(token []byte) bool {
	end := bytes.IndexAny(token, "=%\\")
	if end < 0 {
		end = len(token)
	}
	var plain [256]byte
	encoded := token[:min(end, len(plain))]
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		// What is decoded before an error is there, and the last digits may not be of it.
		for _, part := range [][]byte{encoded, encoded[:len(encoded)&^3]} {
			if n, _ := encoding.Decode(plain[:], part); n > 0 && bytes.IndexByte(plain[:n], ':') >= 0 && isPrintable(plain[:n]) {
				return true
			}
		}
	}
	return false
}

func isPrintable(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// findUserinfo finds credentials within URLs (RFC 3986, section 3.2.1).
func findUserinfo(found []span, content []byte, slashes string) []span {
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte(slashes))
		if next < 0 {
			return found
		}
		start := at + next + len(slashes)
		at = start
		if at-len(slashes) == 0 || content[at-len(slashes)-1] != ':' {
			continue
		}
		end, colon := start, false
		for end < len(content) && end-start < 512 && content[end] > ' ' && content[end] < 0x7f && bytes.IndexByte([]byte("@/?#\"'<>\\"), content[end]) < 0 {
			colon = colon || content[end] == ':'
			end++
		}
		if end < len(content) && content[end] == '@' && (colon || end-start >= 20) {
			found = append(found, span{start, end, basicDetector})
			at = end
		}
	}
}

const (
	minCard = 13
	maxCard = 19
)

func isCardByte(c byte) bool { return isDigit(c) || c == ' ' || c == '-' }

// findCards finds numbers of payment cards (ISO/IEC 7812): 13 to 19 digits, in groups or not, with a check digit.
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
		if !isDigit(content[i]) || i > 0 && (isDigit(content[i-1]) || i == start && notBeforeCard(content, i)) {
			continue
		}
		if last, ok := cardAt(content, i, end); ok {
			found = append(found, span{i, last, cardDetector})
			i = last
		}
	}
	return found
}

// notBeforeCard is whether what is before i makes the digits there a part of something else: a word, or a fraction.
func notBeforeCard(content []byte, i int) bool {
	return insideWord(content, i) || i > 1 && content[i-1] == '.' && isDigit(content[i-2])
}

// cardAt is the end of the card that begins at i. A number in groups may be followed by other digits in a group.
func cardAt(content []byte, i, end int) (int, bool) {
	var digits [maxCard]byte
	n, best := 0, 0
	for at := i; at < end; at++ {
		c := content[at]
		if !isDigit(c) {
			if at+1 >= end || !isDigit(content[at+1]) {
				break // two separators in a row, or nothing more
			}
			continue
		}
		if n == maxCard {
			break
		}
		digits[n] = c - '0'
		n++
		ends := at+1 == end || !isDigit(content[at+1])
		if ends && n >= minCard && isCard(digits[:n]) && !(at+1 < len(content) && at+1 == end && (isAlphanumeric(content[at+1]) || content[at+1] == '_')) {
			best = at + 1
		}
	}
	return best, best > 0
}

// isCard is whether the issuer exists, and the check digit (Luhn, ISO/IEC 7812-1, annex B) is right.
func isCard(digits []byte) bool {
	switch digits[0] {
	case 3, 4, 5, 6:
	case 2:
		if prefix := int(digits[0])*1000 + int(digits[1])*100 + int(digits[2])*10 + int(digits[3]); prefix < 2200 || prefix > 2720 {
			return false
		}
	default:
		return false
	}
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
	return sum%10 == 0
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
	if digits < 6 || digits > maxCard || content[start] < '2' || content[start] > '6' || start > 0 && notBeforeCard(content, start) {
		return found
	}
	return append(found, span{start, len(content), cardDetector})
}

// findEmails finds e-mail addresses (RFC 5321) in the form that people write.
func findEmails(found []span, content []byte) []span {
	for at := 0; ; {
		next := bytes.IndexByte(content[at:], '@')
		if next < 0 {
			return found
		}
		sign := at + next
		at = sign + 1
		start, end, dot := sign, sign+1, 0
		for start > 0 && sign-start < 64 && isMailbox(content[start-1]) {
			start--
		}
		start = min(sign, afterEscape(content, start))
		for end < len(content) && end-sign < 255 && (isAlphanumeric(content[end]) || content[end] == '-' || content[end] == '.' || content[end] >= 0x80) {
			if content[end] == '.' {
				dot = end
			}
			end++
		}
		for end > sign+1 && (content[end-1] == '.' || content[end-1] == '-') {
			end--
			dot = sign + 1 + bytes.LastIndexByte(content[sign+1:end], '.')
		}
		if start < sign && dot > sign+1 && end-dot > 2 {
			found = append(found, span{start, end, emailDetector})
			at = end
		}
	}
}

// isMailbox is whether c is of the names that mailboxes have; / and = would be allowed, but belong to URLs around.
func isMailbox(c byte) bool {
	return isAlphanumeric(c) || c >= 0x80 || bytes.IndexByte([]byte("!#$*+-^_~.%"), c) >= 0
}

func isIPByte(c byte) bool {
	return isDigit(c) || c == '.' || c == ':' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// findIPs finds addresses of IPv4 and IPv6 in their text forms (RFC 4291, section 2.2).
func findIPs(found []span, content []byte) []span {
	for at := 0; at < len(content); {
		if !isIPByte(content[at]) {
			at++
			continue
		}
		start, dots, colons := at, 0, 0
		for at < len(content) && isIPByte(content[at]) {
			switch content[at] {
			case '.':
				dots++
			case ':':
				colons++
			}
			at++
		}
		end := at
		// The : after a name of JSON or of a log line.
		if content[start] == ':' && (start+1 == end || content[start+1] != ':') {
			start++
			colons--
		}
		if dots < 3 && colons < 2 || insideWord(content, start) || end < len(content) && isAlphanumeric(content[end]) {
			continue
		}
		for end > start && (content[end-1] == '.' || content[end-1] == ':' && (end < 2 || content[end-2] != ':')) {
			end--
		}
		// A port.
		if colons == 1 || dots == 3 && colons > 0 {
			if colon := bytes.IndexByte(content[start:end], ':'); colon > 0 && bytes.Count(content[start:start+colon], []byte(".")) == 3 {
				end = start + colon
			}
		}
		if end-start > 45 || end-start < 3 {
			continue
		}
		if _, err := netip.ParseAddr(string(content[start:end])); err == nil {
			found = append(found, span{start, end, ipDetector})
		}
	}
	return found
}
