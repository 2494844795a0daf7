package recording

import (
	"bytes"
	"mime"
	"net/url"
	"regexp"
	"strings"
)

func (r *Redactor) body(b *Body, contentType, contentEncoding string) {
	if len(b.Content) == 0 {
		return
	}
	if contentEncoding != "" && !b.Decoded {
		r.decode(b, contentEncoding)
	}
	content := b.Content
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType, _, _ = strings.Cut(strings.ToLower(contentType), ";")
	}
	switch strings.TrimSpace(mediaType) {
	case "application/x-www-form-urlencoded":
		content = r.form(content)
	case "multipart/form-data":
		content = r.multipart(content, parameters["boundary"])
	}
	content = r.json(content)
	for _, pattern := range r.patterns {
		if pattern.Match(content) {
			content = pattern.ReplaceAllLiteral(content, []byte(Mask))
		}
	}
	if !bytes.Equal(content, b.Content) {
		b.Content, b.Redacted = content, true
	}
}

// form masks the values of secret names in a form, which may be cut off anywhere.
func (r *Redactor) form(content []byte) []byte {
	pairs := strings.Split(string(content), "&")
	for i, pair := range pairs {
		key, value, hasValue := strings.Cut(pair, "=")
		if !hasValue {
			continue
		}
		name, err := url.QueryUnescape(key)
		if err != nil {
			name = key
		}
		if r.secretParameter(strings.TrimSpace(name)) {
			pairs[i] = key + "=" + Mask
			continue
		}
		// A value may be JSON itself.
		decoded, err := url.QueryUnescape(value)
		if err != nil {
			decoded = unescapePart(value)
		}
		if clean := r.text(decoded); clean != decoded {
			pairs[i] = key + "=" + url.QueryEscape(clean)
		}
	}
	return []byte(strings.Join(pairs, "&"))
}

// unescapePart decodes a value that was cut off within an escape, or has a stray %.
func unescapePart(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '+' {
			b.WriteByte(' ')
			continue
		}
		if value[i] == '%' && i+2 < len(value) {
			if c, err := url.PathUnescape(value[i : i+3]); err == nil {
				b.WriteString(c)
				i += 2
				continue
			}
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

var partName = regexp.MustCompile(`(?i)(?:^|[;\s])name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))`)

// multipart masks the parts of secret names in a form (RFC 7578), which may be cut off anywhere.
func (r *Redactor) multipart(content []byte, boundary string) []byte {
	if boundary == "" {
		// The first line tells it.
		line, _, _ := bytes.Cut(content, []byte("\n"))
		boundary = strings.TrimPrefix(strings.TrimRight(string(line), "\r"), "--")
		if boundary == "" {
			return content
		}
	}
	parts := bytes.Split(content, []byte("--"+boundary))
	for i, part := range parts {
		end := bytes.Index(part, []byte("\r\n\r\n"))
		size := 4
		if bare := bytes.Index(part, []byte("\n\n")); bare >= 0 && (end < 0 || bare < end) {
			end, size = bare, 2
		}
		if end < 0 {
			continue
		}
		match := partName.FindSubmatch(part[:end])
		if match == nil || !r.secretParameter(strings.ReplaceAll(string(match[1])+string(match[2]), `\`, "")) {
			continue
		}
		masked := append(bytes.Clone(part[:end+size]), Mask...)
		if i < len(parts)-1 {
			masked = append(masked, '\r', '\n')
		}
		parts[i] = masked
	}
	return bytes.Join(parts, []byte("--"+boundary))
}
