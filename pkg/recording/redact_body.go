package recording

import (
	"bytes"
	"mime"
	"net/url"
	"regexp"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

// body masks what must not be kept of a body with this Content-Type; a message has none.
func (r *Redactor) body(b *Body, contentType string) {
	if len(b.Content) == 0 {
		return
	}
	content := b.Content
	mediaType, parameters := strings.ToLower(contentType), map[string]string(nil)
	if strings.IndexByte(contentType, ';') >= 0 {
		parsed, given, err := mime.ParseMediaType(contentType)
		if mediaType, parameters = parsed, given; err != nil {
			mediaType, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		}
	}
	if !searchable(content, parameters["charset"]) {
		b.Content, b.Truncated, b.Redacted = nil, true, true
		return
	}
	switch strings.TrimSpace(mediaType) {
	case "application/x-www-form-urlencoded":
		content = r.form(content)
	case "multipart/form-data":
		content = r.multipart(content, parameters["boundary"])
	}
	content = r.named(content)
	if r.detectors.any {
		if found := r.detectors.find(content, b.Truncated); len(found) > 0 {
			content = r.replace(content, found)
		}
	}
	for _, p := range r.patterns {
		if p.expression.Match(content) {
			content = p.expression.ReplaceAllFunc(content, func(match []byte) []byte { return []byte(r.replacement(p.action, string(match))) })
		}
	}
	if !bytes.Equal(content, b.Content) {
		b.Content, b.Redacted = content, true
	}
}

// named replaces what has a secret name, in whatever form the content is.
func (r *Redactor) named(content []byte) []byte {
	if r.fields.empty() {
		return content
	}
	content, levels := r.json(content)
	return r.options(r.assignments(r.xml(r.pairs(content, levels))))
}

// searchable reports whether ASCII is in content as it is, which is so in all but a few charsets.
func searchable(content []byte, charset string) bool {
	charset = strings.ToLower(charset)
	for _, wide := range []string{"utf-16", "utf16", "utf-32", "utf32", "ucs-2", "ucs-4", "utf-7", "iso-10646-ucs"} {
		if strings.HasPrefix(charset, wide) {
			return false
		}
	}
	// The byte order marks of UTF-16 and UTF-32 (Unicode, section 23.8).
	for _, mark := range []string{"\xff\xfe", "\xfe\xff", "\x00\x00\xfe\xff"} {
		if bytes.HasPrefix(content, []byte(mark)) && bytes.IndexByte(content, 0) >= 0 {
			return false
		}
	}
	return true
}

// form replaces the values of secret names in a form, which may be cut off anywhere.
func (r *Redactor) form(content []byte) []byte {
	pairs := strings.Split(string(content), "&")
	kept := pairs[:0]
	for _, pair := range pairs {
		key, value, hasValue := strings.Cut(pair, "=")
		if !hasValue {
			kept = append(kept, pair)
			continue
		}
		decoded := querystring.Decode(value)
		if rule, secret := r.forms.find(querystring.Decode(key)); secret {
			if rule.action != dropped {
				kept = append(kept, key+"="+r.replacement(rule.action, decoded))
			}
			continue
		}
		// A value may be JSON itself, or a URL.
		if clean := r.address(decoded); clean != decoded {
			pair = key + "=" + url.QueryEscape(clean)
		}
		kept = append(kept, pair)
	}
	return []byte(strings.Join(kept, "&"))
}

var partName = regexp.MustCompile(`(?i)(?:^|[;\s])name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))`)

// multipart replaces the parts of secret names in a form (RFC 7578), which may be cut off anywhere.
func (r *Redactor) multipart(content []byte, boundary string) []byte {
	if boundary == "" {
		// The first line tells it.
		line, _, _ := bytes.Cut(content, []byte("\n"))
		boundary = strings.TrimPrefix(strings.TrimRight(string(line), "\r"), "--")
		if boundary == "" {
			return content
		}
	}
	delimiter := []byte("--" + boundary)
	parts := bytes.Split(content, delimiter)
	kept := parts[:0]
	for i, part := range parts {
		if clean, keep := r.part(part, i == len(parts)-1); keep {
			kept = append(kept, clean)
		}
	}
	return bytes.Join(kept, delimiter)
}

// part returns one part of a form with its value replaced where its name is secret. last is without a delimiter after it.
func (r *Redactor) part(part []byte, last bool) (clean []byte, keep bool) {
	end := bytes.Index(part, []byte("\r\n\r\n"))
	size := 4
	if bare := bytes.Index(part, []byte("\n\n")); bare >= 0 && (end < 0 || bare < end) {
		end, size = bare, 2
	}
	if end < 0 {
		return part, true
	}
	match := partName.FindSubmatch(part[:end])
	if match == nil {
		return part, true
	}
	rule, secret := r.forms.find(strings.ReplaceAll(string(match[1])+string(match[2]), `\`, ""))
	switch {
	case !secret:
		return part, true
	case rule.action == dropped && !last:
		return nil, false
	}
	value := bytes.TrimSuffix(bytes.TrimSuffix(part[end+size:], []byte("\n")), []byte("\r"))
	clean = append(bytes.Clone(part[:end+size]), r.replacement(rule.action, string(value))...)
	if !last {
		clean = append(clean, '\r', '\n')
	}
	return clean, true
}
