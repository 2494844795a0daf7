package recording

import (
	"bytes"
	"cmp"
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
	vendorKeyDetector
	privateKeyDetector
)

var detectorNames = [...]string{"bearer", "basic", "jwt", "credit_card", "email", "ip", "vendor_key", "private_key"}

// detectors are what is looked for by its look.
type detectors struct {
	any     bool
	on      [len(detectorNames)]bool
	actions [len(detectorNames)]action
}

// span is a secret in a content, and the detector that found it.
type span struct{ start, end, by int }

// find returns all that detectors find, in order and without overlaps. cut says that the content was cut off at its end,
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
	if d.on[vendorKeyDetector] {
		found = findVendorKeys(found, content, cut)
	}
	if d.on[privateKeyDetector] {
		found = findPrivateKeys(found, content)
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

// replace returns content with the spans replaced. JSON stays JSON, and where a number is masked another number stands for it:
// what reads numbers there still does.
func (r *Redactor) replace(content []byte, found []span) []byte {
	out := make([]byte, 0, len(content)+len(found)*len(Mask))
	copied := 0
	for _, s := range found {
		out = append(out, content[copied:s.start]...)
		text := r.replacement(r.detectors.actions[s.by], string(content[s.start:s.end]))
		if s.by == cardDetector {
			if quote, ok := numberQuote(content, s); ok {
				switch r.detectors.actions[s.by] {
				case masked:
					text = maskedNumber
				case hashed:
					text = quote + text + quote
				case dropped:
					text = "null"
				}
			}
		}
		out = append(out, text...)
		copied = s.end
	}
	return append(out, content[copied:]...)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// insideWord reports whether a word, or a number, goes on at i. An escape of JSON or of a URL before i is none.
func insideWord(content []byte, i int) bool {
	if i == 0 || !isAlphanumeric(content[i-1]) && content[i-1] != '_' {
		return false
	}
	escaped := i > 1 && content[i-2] == '\\' && bytes.IndexByte([]byte("nrtbf"), content[i-1]) >= 0 ||
		i > 2 && content[i-3] == '%' ||
		i > 5 && content[i-6] == '\\' && content[i-5] == 'u'
	return !escaped
}

// afterEscape returns where the text begins, of which i is the first byte, where that is the letter of an escape of JSON.
func afterEscape(content []byte, i int) int {
	switch {
	case i == 0 || content[i-1] != '\\':
		return i
	case content[i] == 'u':
		return i + 5
	}
	return i + 1
}
