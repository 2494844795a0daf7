package recording

import (
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// headerReplacement returns what stands in place of a secret header. Of cookies (RFC 6265) only the values are replaced: their
// names and attributes tell who set what for how long. Cookies that are none are replaced as a whole.
func (r *Redactor) headerReplacement(a action, name, value string) string {
	if a != dropped {
		clean, ok := "", false
		switch {
		case strings.EqualFold(name, "Cookie"):
			clean, ok = r.cookies(a, value)
		case strings.EqualFold(name, "Set-Cookie"):
			clean, ok = r.setCookie(a, value)
		}
		if ok {
			return clean
		}
	}
	return r.replacement(a, value)
}

// cookies returns the header Cookie (section 4.2) without its secrets, and whether it is one.
func (r *Redactor) cookies(a action, value string) (clean string, ok bool) {
	pairs := strings.Split(value, ";")
	for i, pair := range pairs {
		if strings.TrimSpace(pair) == "" && i > 0 && i == len(pairs)-1 {
			continue // a ; at the end
		}
		if pairs[i], ok = r.cookie(a, pair); !ok {
			return "", false
		}
	}
	return strings.Join(pairs, ";"), true
}

// setCookie returns the header Set-Cookie (section 4.1) without its secrets, and whether it is one.
func (r *Redactor) setCookie(a action, value string) (clean string, ok bool) {
	parts := strings.Split(value, ";")
	if parts[0], ok = r.cookie(a, parts[0]); !ok {
		return "", false
	}
	for i, part := range parts[1:] {
		name, text, has := strings.Cut(part, "=")
		if has && (!isCookieAttribute(name) || strings.ContainsFunc(text, isControl)) || !has && !isCookieFlag(name) {
			return "", false
		}
		parts[i+1] = r.text(part)
	}
	return strings.Join(parts, ";"), true
}

// cookie returns a name and a value, which is replaced unless the cookie is one to keep, and whether it is a cookie.
func (r *Redactor) cookie(a action, pair string) (clean string, ok bool) {
	name, value, has := strings.Cut(pair, "=")
	if trimmed := strings.TrimSpace(name); !has || !httpguts.ValidHeaderFieldName(trimmed) || strings.ContainsFunc(value, isControl) {
		return "", false
	}
	if rule, _ := r.headers.find(strings.TrimSpace(name)); rule.keep != nowhere && rule.always {
		return name + "=" + r.text(value), true
	}
	return name + "=" + r.replacement(a, strings.Trim(strings.TrimSpace(value), `"`)), true
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

func isCookieAttribute(name string) bool {
	return slices.Contains([]string{"expires", "max-age", "domain", "path", "samesite", "priority", "comment", "version"}, strings.ToLower(strings.TrimSpace(name)))
}

// isCookieFlag reports whether an attribute has no value; an attribute that is cut off has none, either.
func isCookieFlag(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	return name == "" || slices.Contains([]string{"secure", "httponly", "partitioned", "path", "domain"}, name)
}
