package recording

import "strings"

// What a byte can tell of a secret that it is in.
const (
	digitByte  = 1 << iota // one, so that they can be counted
	signByte               // of an e-mail address, and of credentials in a URL
	gapByte                // between the name of a scheme and the credentials
	schemeByte             // the b of bearer and of basic
	letterY                // of eyJ, as which tokens begin
	letterJ
	addressByte
)

var tells = func() (table [256]uint8) {
	for bytes, tell := range map[string]uint8{
		"0123456789": digitByte, "@": signByte, " \t+%": gapByte, "bB": schemeByte, "y": letterY, "J": letterJ, ".:": addressByte,
	} {
		for i := range len(bytes) {
			table[bytes[i]] = tell
		}
	}
	return table
}()

// mayFind reports whether find may find anything in a text that was not cut off. It reads the text once, where each
// detector would: most of what is looked at is short, and has nothing.
func (d *detectors) mayFind(text string) bool {
	told, digits := uint8(0), 0
	for i := range len(text) {
		tell := tells[text[i]]
		told |= tell
		digits += int(tell & digitByte)
	}
	if d.on[vendorKeyDetector] && len(text) >= leastVendorKey && hasLongWord(text) {
		return true
	}
	if d.on[privateKeyDetector] && strings.Contains(text, "PRIVATE KEY") {
		return true
	}
	has := func(all uint8) bool { return told&all == all }
	return d.on[jwtDetector] && has(letterY|letterJ) ||
		(d.on[bearerDetector] || d.on[basicDetector]) && has(gapByte|schemeByte) ||
		(d.on[basicDetector] || d.on[emailDetector]) && has(signByte) ||
		d.on[cardDetector] && digits >= minCard ||
		d.on[ipDetector] && has(addressByte)
}

// hasLongWord reports whether as many bytes of keys stand together as the shortest of all has.
func hasLongWord(text string) bool {
	for at := leastVendorKey - 1; at < len(text); {
		// Of that many bytes in a row, the last one is of a key, and so are all before it.
		n := 0
		for n < leastVendorKey && ofKey[text[at-n]] {
			n++
		}
		if n == leastVendorKey {
			return true
		}
		at += leastVendorKey - n
	}
	return false
}

// ofKey reports whether a byte may be in what findVendorKeys finds.
var ofKey = func() (table [256]bool) {
	for i := range table {
		c := byte(i)
		table[i] = isBase64(c) || c == '.' || c == '~' || c == ':'
	}
	return table
}()
