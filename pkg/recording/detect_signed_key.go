package recording

import "bytes"

// keySigns tell what does not begin with letters of its own.
var keySigns = []string{"Q~", ":AA", "hooks.slack.com/", "/api/webhooks/"}

// signedKey returns the secret that is told by a sign at i, within it or before it.
func signedKey(content []byte, i int) (start, end int) {
	switch content[i] {
	case 'Q':
		return azureSecret(content, i)
	case ':':
		return telegramToken(content, i)
	}
	return webhookPath(content, i)
}

// azureSecret returns a client secret of Microsoft Entra: three letters, a digit, Q~ and 31 to 34 more.
func azureSecret(content []byte, i int) (start, end int) {
	isOfSecret := func(c byte) bool { return isDotted(c) || c == '~' }
	start, end = i-4, i+2
	if start < 0 || content[i+1] != '~' || !isDigit(content[i-1]) || !isOfSecret(content[start]) || !isOfSecret(content[start+1]) || !isOfSecret(content[start+2]) {
		return 0, 0
	}
	for end < len(content) && isOfSecret(content[end]) && end-i <= 40 {
		end++
	}
	if n := end - i - 2; n < 31 || n > 34 {
		return 0, 0
	}
	return start, end
}

// telegramToken returns the token of a bot: its number, a colon, and 35 bytes that begin with AA.
func telegramToken(content []byte, i int) (start, end int) {
	start, end = i, i+1
	if !bytes.HasPrefix(content[i:], []byte(":AA")) {
		return 0, 0
	}
	for start > 0 && isDigit(content[start-1]) && i-start < 12 {
		start--
	}
	for end < len(content) && isURLBase64(content[end]) && end-i <= 40 {
		end++
	}
	if n := i - start; n < 8 || n > 10 || end-i-1 != 35 {
		return 0, 0
	}
	return start, end
}

// webhookPath returns what follows the begin of the URL of a webhook, which is all that is needed to write there.
func webhookPath(content []byte, i int) (start, end int) {
	start = i
	for _, sign := range []string{"hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/", "/api/webhooks/"} {
		if bytes.HasPrefix(content[i:], []byte(sign)) {
			start = i + len(sign)
		}
	}
	if start == i {
		return 0, 0
	}
	end = start
	for end < len(content) && (isURLBase64(content[end]) || content[end] == '/') {
		end++
	}
	if end-start < 30 || bytes.IndexByte(content[start:end], '/') < 0 {
		return 0, 0
	}
	return start, end
}
