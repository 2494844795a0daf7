package recording

import "strings"

// What a byte can tell of a secret that it is in, or of the name of one before it.
const (
	digitByte  = 1 << iota // one, so that they can be counted
	signByte               // of an e-mail address, and of credentials in a URL
	gapByte                // between the name of a scheme and the credentials
	schemeByte             // the b of bearer and of basic
	letterY                // of eyJ, as which tokens begin
	letterJ
	addressByte
	formByte     // of JSON, XML or an escape
	braceByte    // of an object, which has a colon
	assignByte   // behind a name
	equalsByte   // behind that of a parameter
	parameterEnd // between parameters, and before the first one
	dashByte     // of an option
)

var tells = func() (table [256]uint16) {
	for bytes, tell := range map[string]uint16{
		"0123456789": digitByte, "@": signByte, " \t+%": gapByte, "bB": schemeByte, "y": letterY, "J": letterJ, ".:": addressByte,
		"[<%\\": formByte, "{": braceByte, ":=": assignByte, "=": equalsByte, "?#;&": parameterEnd, "-": dashByte,
	} {
		for i := range len(bytes) {
			table[bytes[i]] |= tell
		}
	}
	return table
}()

// glance is what the bytes of a text tell together. It reads the text once, where each who looks for something would: most of what is
// looked at is short, and has nothing.
type glance struct {
	told   uint16
	digits int
}

func glanceAt(text string) (g glance) {
	for i := range len(text) {
		tell := tells[text[i]]
		g.told |= tell
		g.digits += int(tell & digitByte)
	}
	return g
}

// has reports whether all of these bytes are in the text.
func (g glance) has(all uint16) bool { return g.told&all == all }

// hasParameters reports whether a text may be a URL, or have some in it.
func (g glance) hasParameters() bool { return g.has(equalsByte | parameterEnd) }

// mayFind reports whether find may find anything in a text that was not cut off, and of which g tells.
func (d *detectors) mayFind(text string, g glance) bool {
	if d.on[vendorKeyDetector] && len(text) >= leastVendorKey && hasLongWord(text) {
		return true
	}
	if d.on[privateKeyDetector] && len(text) >= len(privateKeyLabel) && strings.Contains(text, privateKeyLabel) {
		return true
	}
	return d.on[jwtDetector] && g.has(letterY|letterJ) ||
		(d.on[bearerDetector] || d.on[basicDetector]) && g.has(gapByte|schemeByte) ||
		(d.on[basicDetector] || d.on[emailDetector]) && g.has(signByte) ||
		d.on[cardDetector] && g.digits >= minCard ||
		d.on[ipDetector] && g.has(addressByte)
}

// mayBeNamed reports whether named may change anything in a text of which g tells.
func (r *Redactor) mayBeNamed(text string, g glance) bool {
	switch {
	case g.has(formByte), g.has(braceByte | assignByte), g.has(dashByte) && strings.Contains(text, "--"):
		return true
	case !g.has(assignByte):
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c == ':' || c == '=') && r.parameters.mayEnd(text[:i]) {
			return true
		}
	}
	return false
}

// hasLongWord reports whether as many bytes of keys stand together as the shortest of all has.
func hasLongWord(text string) bool {
	for at := leastVendorKey - 1; at < len(text); {
		// Of that many bytes in a row, the last one is of a key, and so are all before it.
		n := 0
		for n < leastVendorKey && ofKey[text[at-n]] != 0 {
			n++
		}
		if n == leastVendorKey {
			return true
		}
		at += leastVendorKey - n
	}
	return false
}

// Of what findVendorKeys finds are bytes that have a kind; in each key is one that tells of it.
const (
	keyByte  = 1 << iota
	keyTells // a digit, or the slash of a URL
)

// ofKey is the kind of each byte.
var ofKey = func() (table [256]uint8) {
	for i := range table {
		c := byte(i)
		if isBase64(c) || c == '.' || c == '~' || c == ':' {
			table[i] = keyByte
		}
		if isDigit(c) || c == '/' {
			table[i] |= keyTells
		}
	}
	return table
}()
