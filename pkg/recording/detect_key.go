package recording

import "bytes"

// vendorKey is how the keys of an issuer look: what they begin with, and how many bytes of which kind follow.
type vendorKey struct {
	prefix string
	// least and most are how many bytes follow; most is 0 where there may be any number.
	least, most int
	bytes       func(c byte) bool
	// mixed reports whether letters of both cases are among them, for prefixes that words have, too.
	mixed bool
}

func isUpperOrDigit(c byte) bool { return isDigit(c) || 'A' <= c && c <= 'Z' }
func isLowerHex(c byte) bool     { return isDigit(c) || 'a' <= c && c <= 'f' }
func isDotted(c byte) bool       { return isURLBase64(c) || c == '.' }
func isBase64(c byte) bool       { return isURLBase64(c) || c == '+' || c == '/' || c == '=' }

var vendorKeys = []vendorKey{
	// AWS: ids of keys, which tell where their secrets were, as well.
	{"AKIA", 16, 16, isUpperOrDigit, false},
	{"ASIA", 16, 16, isUpperOrDigit, false},
	{"ABIA", 16, 16, isUpperOrDigit, false},
	{"ACCA", 16, 16, isUpperOrDigit, false},
	// GitHub
	{"ghp_", 30, 255, isAlphanumeric, false},
	{"gho_", 30, 255, isAlphanumeric, false},
	{"ghu_", 30, 255, isAlphanumeric, false},
	{"ghs_", 30, 0, isDotted, false},
	{"ghr_", 30, 255, isAlphanumeric, false},
	{"github_pat_", 30, 0, isURLBase64, false},
	// GitLab
	{"glpat-", 20, 0, isDotted, false},
	{"gldt-", 20, 0, isDotted, false},
	{"glrt-", 20, 0, isDotted, false},
	{"glptt-", 20, 0, isDotted, false},
	{"glcbt-", 20, 0, isDotted, false},
	{"glft-", 20, 0, isDotted, false},
	{"glimt-", 20, 0, isDotted, false},
	{"glagent-", 20, 0, isDotted, false},
	{"glsoat-", 20, 0, isDotted, false},
	{"gloas-", 20, 0, isDotted, false},
	{"glffct-", 20, 0, isDotted, false},
	// Slack
	{"xoxb-", 20, 0, isURLBase64, false},
	{"xoxp-", 20, 0, isURLBase64, false},
	{"xoxa-", 20, 0, isURLBase64, false},
	{"xoxr-", 20, 0, isURLBase64, false},
	{"xoxs-", 20, 0, isURLBase64, false},
	{"xoxc-", 20, 0, isURLBase64, false},
	{"xoxd-", 20, 0, isBase64, false},
	{"xoxe-", 20, 0, isURLBase64, false},
	{"xoxe.", 20, 0, isDotted, false},
	{"xapp-", 20, 0, isURLBase64, false},
	// Stripe
	{"sk_live_", 16, 0, isAlphanumeric, false},
	{"sk_test_", 16, 0, isAlphanumeric, false},
	{"rk_live_", 16, 0, isAlphanumeric, false},
	{"rk_test_", 16, 0, isAlphanumeric, false},
	{"whsec_", 24, 0, isBase64, false},
	// Google
	{"AIza", 35, 35, isURLBase64, false},
	{"ya29.", 20, 0, isDotted, false},
	{"GOCSPX-", 28, 28, isURLBase64, false},
	// Registries of packages
	{"npm_", 36, 36, isAlphanumeric, false},
	{"pypi-AgE", 50, 0, isURLBase64, false},
	{"rubygems_", 48, 48, isLowerHex, false},
	{"dckr_pat_", 27, 27, isURLBase64, false},
	// Mail and telephone
	{"SG.", 60, 70, isDotted, true},
	{"SK", 32, 32, isLowerHex, false},
	{"key-", 32, 32, isLowerHex, false},
	{"xkeysib-", 64, 0, isURLBase64, false},
	// Language models
	{"sk-ant-", 20, 0, isURLBase64, false},
	{"sk-proj-", 20, 0, isURLBase64, false},
	{"sk-svcacct-", 20, 0, isURLBase64, false},
	{"sk-or-v1-", 32, 0, isURLBase64, false},
	{"sk-", 32, 0, isURLBase64, true},
	{"gsk_", 40, 0, isAlphanumeric, true},
	{"hf_", 30, 40, isAlphanumeric, true},
	{"r8_", 30, 45, isAlphanumeric, true},
	{"xai-", 40, 0, isURLBase64, true},
	{"pplx-", 40, 0, isAlphanumeric, true},
	// Clouds and tools
	{"dop_v1_", 64, 64, isLowerHex, false},
	{"doo_v1_", 64, 64, isLowerHex, false},
	{"dor_v1_", 64, 64, isLowerHex, false},
	{"shpat_", 32, 32, isHex, false},
	{"shpca_", 32, 32, isHex, false},
	{"shppa_", 32, 32, isHex, false},
	{"shpss_", 32, 32, isHex, false},
	{"hvs.", 24, 0, isURLBase64, false},
	{"hvb.", 24, 0, isURLBase64, false},
	{"glsa_", 32, 0, isURLBase64, false},
	{"glc_", 32, 0, isBase64, false},
	{"dapi", 32, 34, isLowerHex, false},
	{"lin_api_", 32, 0, isAlphanumeric, false},
	{"ntn_", 40, 0, isAlphanumeric, false},
	{"PMAK-", 50, 0, isURLBase64, false},
	{"ATATT3", 50, 0, isBase64, false},
	{"sq0atp-", 22, 0, isURLBase64, false},
	{"sq0csp-", 40, 0, isURLBase64, false},
	{"NRAK-", 27, 27, isUpperOrDigit, false},
	{"sntrys_", 40, 0, isBase64, false},
	{"sntryu_", 60, 0, isLowerHex, false},
	{"sbp_", 40, 0, isLowerHex, false},
	{"pscale_tkn_", 32, 0, isDotted, false},
	{"pscale_pw_", 32, 0, isDotted, false},
	{"dp.pt.", 40, 0, isAlphanumeric, false},
	{"ddapp_", 34, 34, isAlphanumeric, false},
	{"pul-", 40, 40, isLowerHex, false},
	{"AGE-SECRET-KEY-1", 58, 58, isUpperOrDigit, false},
	{"EAAA", 56, 64, isURLBase64, true},
}

// leastVendorKey is how many bytes the shortest of all is; none has white space.
const leastVendorKey = 20

// vendorKeysBy are the keys by their first two bytes.
var vendorKeysBy = func() map[[2]byte][]vendorKey {
	by := map[[2]byte][]vendorKey{}
	for _, key := range vendorKeys {
		first := [2]byte{key.prefix[0], key.prefix[1]}
		by[first] = append(by[first], key)
	}
	return by
}()

// vendorKeyBegins tells of two bytes whether a key may begin with them.
var vendorKeyBegins = func() (table [256][4]uint64) {
	for first := range vendorKeysBy {
		table[first[0]][first[1]>>6] |= 1 << (first[1] & 63)
	}
	for _, sign := range keySigns {
		table[sign[0]][sign[1]>>6] |= 1 << (sign[1] & 63)
	}
	return table
}()

// findVendorKeys finds what is told as a key by its first letters, and by how much of what follows them. A digit is in
// each. Keys are long, so that of most contents only each twentieth byte is looked at.
func findVendorKeys(found []span, content []byte, cut bool) []span {
	for at := leastVendorKey - 1; at < len(content); {
		n := 0
		for n < leastVendorKey && ofKey[content[at-n]] != 0 {
			n++
		}
		if n < leastVendorKey {
			at += leastVendorKey - n
			continue
		}
		start, end := at-n+1, at+1
		for start > 0 && ofKey[content[start-1]] != 0 {
			start--
		}
		told, n := keyRun(content[end:])
		end += n
		if told&keyTells != 0 || tellsOfKey(content[start:at+1]) || cut && end == len(content) {
			found = vendorKeysIn(found, content, start, end, cut)
		}
		at = end + leastVendorKey
	}
	if cut {
		start := len(content)
		for start > 0 && ofKey[content[start-1]] != 0 && len(content)-start < leastVendorKey {
			start--
		}
		if start == 0 || ofKey[content[start-1]] == 0 {
			found = vendorKeysIn(found, content, start, len(content), cut)
		}
	}
	return found
}

// keyRun returns how many bytes of keys a text begins with, and what they tell.
func keyRun(text []byte) (told uint8, n int) {
	for ; n+4 <= len(text); n += 4 {
		a, b, c, d := ofKey[text[n]], ofKey[text[n+1]], ofKey[text[n+2]], ofKey[text[n+3]]
		if a&b&c&d == 0 {
			break
		}
		told |= a | b | c | d
	}
	for n < len(text) && ofKey[text[n]] != 0 {
		told |= ofKey[text[n]]
		n++
	}
	return told, n
}

func tellsOfKey(word []byte) bool {
	for _, c := range word {
		if ofKey[c]&keyTells != 0 {
			return true
		}
	}
	return false
}

// vendorKeysIn finds keys in content[start:end].
func vendorKeysIn(found []span, content []byte, start, end int, cut bool) []span {
	for i := start; i+1 < end; i++ {
		first, second := content[i], content[i+1]
		if vendorKeyBegins[first][second>>6]&(1<<(second&63)) == 0 {
			continue
		}
		from, to := i, vendorKeyEnd(content, i, cut)
		if to == 0 {
			from, to = signedKey(content, i)
		}
		if to > 0 {
			found = append(found, span{from, to, vendorKeyDetector})
			i = max(i, to-1)
		}
	}
	return found
}

// vendorKeyEnd returns the end of the key that begins at i, or 0.
func vendorKeyEnd(content []byte, i int, cut bool) int {
	if insideWord(content, i) {
		return 0
	}
	for _, key := range vendorKeysBy[[2]byte{content[i], content[i+1]}] {
		if !bytes.HasPrefix(content[i:], []byte(key.prefix)) {
			continue
		}
		start := i + len(key.prefix)
		end := start
		most := key.most
		if most == 0 {
			most = 512 // enough to tell
		}
		for end < len(content) && key.bytes(content[end]) && end-start <= most {
			end++
		}
		n := end - start
		atCut := cut && end == len(content) && n > 0 && !key.mixed
		if atCut || n >= key.least && (key.most == 0 || n <= key.most && endsWord(content, end)) && looksRandom(content[start:end], key.mixed) {
			for key.most == 0 && end < len(content) && key.bytes(content[end]) {
				end++
			}
			return end
		}
	}
	return 0
}

// endsWord reports whether no word goes on at i.
func endsWord(content []byte, i int) bool {
	return i >= len(content) || !isAlphanumeric(content[i]) && content[i] != '_'
}

// looksRandom reports whether a digit is in a text, and, where it has to be mixed, letters of both cases.
func looksRandom(text []byte, mixed bool) bool {
	var digit, upper, lower bool
	for _, c := range text {
		digit = digit || isDigit(c)
		upper = upper || 'A' <= c && c <= 'Z'
		lower = lower || 'a' <= c && c <= 'z'
	}
	return digit && (!mixed || upper && lower)
}
