package recording

import (
	"bytes"
	"net/netip"
)

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

// isMailbox reports whether c is of the names that mailboxes have; / and = would be allowed, but belong to URLs around.
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
