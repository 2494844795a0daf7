package recording

import (
	"bytes"
	"encoding/base64"
)

// isURLBase64 reports whether c is of base64url (RFC 4648, section 5).
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
		if insideWord(content, start) {
			at = start + 3
			continue
		}
		end := start
		for end < len(content) && (isURLBase64(content[end]) || content[end] == '.') {
			end++
		}
		at = end
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
		ends := 0 // where what could be credentials ends that was looked at last
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
			end := max(start, ends)
			for end < len(content) && (isToken68(content[end]) || content[end] == '\\' && end+1 < len(content) && content[end+1] == '/') {
				end++
			}
			at, ends = start, end // where no secret is, the next name may be
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

// isToken68 reports whether c can be in credentials (RFC 9110, section 11.2), also where they are percent-encoded.
func isToken68(c byte) bool {
	return isAlphanumeric(c) || bytes.IndexByte([]byte("-._~+/=%"), c) >= 0
}

// isBearerToken reports whether a word is a token (RFC 6750), rather than of a sentence or a parameter of a challenge.
func isBearerToken(token []byte) bool {
	token = token[:min(len(token), 64)]
	if name, _, parameter := bytes.Cut(token, []byte("=")); parameter {
		switch string(bytes.ToLower(name)) {
		case "realm", "scope", "error", "error_description", "error_uri", "authorization_uri", "charset":
			return false
		}
	}
	return len(token) >= 20 || len(token) >= 6 && bytes.ContainsAny(token, "0123456789")
}

// isBasicToken reports whether token is user and password (RFC 7617), with whatever follows them.
func isBasicToken(token []byte) bool {
	token = token[:min(len(token), 512)]
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
