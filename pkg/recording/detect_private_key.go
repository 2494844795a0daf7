package recording

import "bytes"

// privateKeyLabel is in the label of each of them.
const privateKeyLabel = "PRIVATE KEY"

// findPrivateKeys finds private keys in textual encodings (RFC 7468, RFC 4716, OpenPGP), with line breaks or with escapes
// of them. One that does not end reaches as far as its lines may.
func findPrivateKeys(found []span, content []byte) []span {
	const label = privateKeyLabel
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte(label))
		if next < 0 {
			return found
		}
		labelAt := at + next
		at = labelAt + len(label)
		start := bytes.LastIndex(content[max(0, labelAt-40):labelAt], []byte("BEGIN "))
		if start < 0 {
			continue
		}
		for start += max(0, labelAt-40); start > 0 && (content[start-1] == '-' || content[start-1] == ' '); {
			start--
		}
		for content[start] == ' ' {
			start++
		}
		end := at
		for end < len(content) && (isBase64(content[end]) || bytes.IndexByte([]byte(" \t\r\n\\:,%"), content[end]) >= 0) {
			if content[end] == 'E' && bytes.HasPrefix(content[end:], []byte("END ")) {
				end = privateKeyEnd(content, end)
				break
			}
			end++
		}
		for end > at && content[end-1] != '-' && bytes.IndexByte([]byte(" \t\r\n\\"), content[end-1]) >= 0 {
			end--
		}
		found = append(found, span{start, end, privateKeyDetector})
		at = end
	}
}

// privateKeyEnd returns the end of the last line of a private key, which begins at i with END.
func privateKeyEnd(content []byte, i int) int {
	end := i
	for end < len(content) && end-i < 60 && (content[end] == ' ' || isUpperOrDigit(content[end])) {
		end++
	}
	for end < len(content) && content[end] == '-' {
		end++
	}
	return end
}
