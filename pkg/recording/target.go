package recording

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

// Target is the path and the query of a request byte for byte as they were sent: the target of its request line in origin form
// (RFC 9112 section 3.2.1), * where a request is about the server as a whole, empty where nothing is known of it. What is
// parsed of it, as Recording.Path and Recording.QueryParams are, does not tell all targets apart.
type Target string

// targetBytes begins the text of a target that is no text. A target begins with a slash, or is a *.
const targetBytes = "base64:"

// Text returns the target itself; of one that is not UTF-8, or has a NUL, it is base64: and its bytes in base64 (RFC 4648
// section 4), so that JSON and databases hold it without loss.
func (t Target) Text() string {
	if !utf8.ValidString(string(t)) || strings.Contains(string(t), "\x00") || strings.HasPrefix(string(t), targetBytes) {
		return targetBytes + base64.StdEncoding.EncodeToString([]byte(t))
	}
	return string(t)
}

// MarshalText gives Text.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.Text()), nil }

// UnmarshalText reads what Text gives.
func (t *Target) UnmarshalText(text []byte) error {
	encoded, isEncoded := strings.CutPrefix(string(text), targetBytes)
	if !isEncoded {
		*t = Target(text)
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return fmt.Errorf("target behind %s is not base64: %w", targetBytes, err)
	}
	*t = Target(decoded)
	return nil
}

// Path returns what is before the query; escapes stay.
func (t Target) Path() string {
	path, _, _ := strings.Cut(string(t), "?")
	return path
}

// EscapedPath is Path with what cannot be in a URL percent-encoded, which means the same to all who decode it: what recordings have
// as their path.
func (t Target) EscapedPath() string {
	path := t.Path()
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f {
			escaped, _ := Target(path).URL()
			return escaped
		}
	}
	return path
}

// SentPath returns the escaped path of a request as its client sent it: that of the target of the request line, unless the URL
// was changed since, or there was no request line.
func SentPath(requestURI string, now *url.URL) string {
	path := Target(OriginForm(requestURI)).EscapedPath()
	if path == now.Path && strings.IndexByte(path, '%') < 0 {
		return path
	}
	if path == "/" && now.Path == "" { // Who names an authority alone asks for that.
		return path
	}
	if path != "" && pathpattern.Unescape(path) == now.Path && (now.RawPath == "" || pathpattern.Unescape(now.RawPath) == now.Path) {
		return path
	}
	return Target(now.EscapedPath()).EscapedPath()
}

// query returns what is behind the first question mark, and whether there is one.
func (t Target) query() (string, bool) {
	_, query, has := strings.Cut(string(t), "?")
	return query, has
}

// Pairs returns the parameters of the query in their order, decoded as package querystring does.
func (t Target) Pairs() []Parameter {
	query, _ := t.query()
	var all []Parameter
	for name, value := range querystring.Pairs(query) {
		all = append(all, Parameter{Name: name, Value: value})
	}
	return all
}

// Parameters are those of Pairs by their names.
func (t Target) Parameters() Values {
	query, _ := t.query()
	return querystring.Values(query)
}

// Parameter is one of a query.
type Parameter struct{ Name, Value string }

// WithoutRedacted returns t without the parameters of its query in which something was redacted, and the decoded names of
// these in their order. All else stays as it is; what was redacted of the path does, too.
func (t Target) WithoutRedacted() (Target, []string) {
	query, _ := t.query()
	if !IsRedacted(query) {
		return t, nil
	}
	var names []string
	var kept strings.Builder
	for start := 0; start < len(query); {
		end := start
		for end < len(query) && !separatesParameters(query[end]) {
			end++
		}
		if piece := query[start:end]; IsRedacted(piece) {
			name, _, _ := strings.Cut(piece, "=")
			names = append(names, querystring.Decode(name))
			if end == len(query) { // with the separator before it
				cut := strings.TrimRight(kept.String(), "&;")
				kept.Reset()
				kept.WriteString(cut)
			}
		} else {
			kept.WriteString(query[start:min(end+1, len(query))])
		}
		start = end + 1
	}
	if kept.Len() == 0 {
		return Target(t.Path()), names
	}
	return Target(t.Path() + "?" + kept.String()), names
}

func separatesParameters(c byte) bool { return c == '&' || c == ';' }

// URL returns t with what cannot be in a URL percent-encoded: white space, control characters, and bytes that are not UTF-8.
// All else stays as it is. changed reports whether anything was replaced.
func (t Target) URL() (text string, changed bool) {
	var b strings.Builder
	for i := 0; i < len(t); {
		r, size := utf8.DecodeRuneInString(string(t[i:]))
		if r <= ' ' || r == 0x7f || r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, "%%%02X", t[i])
			changed = true
		} else {
			b.WriteString(string(t[i : i+size]))
		}
		i += size
	}
	return b.String(), changed
}

// OriginForm returns the path and the query of the target of a request line: all of it, or what is behind the authority of an
// absolute one (RFC 9112 section 3.2.2). It is empty for those that have none.
func OriginForm(target string) string {
	if target == "*" || strings.HasPrefix(target, "/") {
		return target
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ""
	}
	end := strings.IndexAny(rest, "/?#")
	switch {
	case end < 0:
		return "/"
	case rest[end] == '/':
		return rest[end:]
	}
	return "/" + rest[end:]
}

// EscapedPath returns the path of r in a form that decodes to it: in recordings from before targets were kept the path is
// decoded, and what it was sent as is not known.
func (r *Recording) EscapedPath() string {
	if r.Target == "" {
		return strings.ReplaceAll(r.Path, "%", "%25")
	}
	if sent := r.Target.EscapedPath(); sent != r.Path && pathpattern.Unescape(sent) == r.Path {
		return sent // Targets were kept for a while when paths were decoded.
	}
	return r.Path
}

// Sent returns the target of r; of one from before targets were recorded it is made of the path and the query.
func (r *Recording) Sent() Target {
	if r.Target != "" {
		return r.Target
	}
	// With a host, a path of two slashes stays one.
	u := url.URL{Scheme: "http", Host: "localhost", Path: r.Path, RawQuery: queryString(r.QueryParams)}
	return Target(strings.TrimPrefix(u.String(), "http://localhost"))
}

// WithoutRedacted returns the target to send r again with: without what was redacted of its query, of which names are the
// parameters.
func (r *Recording) WithoutRedacted() (target Target, names []string) {
	switch {
	case r.TargetRedacted:
		return r.Target.WithoutRedacted()
	case r.Target != "":
		return r.Target, nil // What looks like a mask in it was sent so.
	}
	kept := Recording{Path: r.Path, QueryParams: Values{}}
	for name, values := range r.QueryParams {
		for _, value := range values {
			if IsRedacted(value) {
				names = append(names, name)
				continue
			}
			kept.QueryParams[name] = append(kept.QueryParams[name], value)
		}
	}
	return kept.Sent(), names
}

// query returns the parameters of the query: in their order where the target is known.
func (r *Recording) query() []Parameter {
	if r.Target != "" {
		return r.Target.Pairs()
	}
	var all []Parameter
	for _, pair := range pairs(r.QueryParams) {
		all = append(all, Parameter(pair))
	}
	return all
}
