package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

// Redact replaces secrets. Maps and contents that other goroutines may share are replaced, not changed. A body in a
// content encoding is decompressed first, and dropped where that cannot be done, since nobody could tell what is in it.
func (r *Redactor) Redact(rec *Recording) {
	request, answer := r.read(rec.Headers, rec.HeaderForm, rec.Consumer), r.read(rec.ResponseHeaders, rec.ResponseHeaderForm, "")
	rec.Consumer = r.consumer(rec.Consumer, request.tellsConsumer)
	r.decode(rec, request.contentEncoding, answer.contentEncoding)
	r.body(&rec.Body, request.contentType)
	r.body(&rec.ResponseBody, answer.contentType)
	for i := range rec.Messages {
		if i == 0 {
			rec.Messages = slices.Clone(rec.Messages)
		}
		r.body(&rec.Messages[i].Body, "")
	}
	if request.changes {
		rec.Headers, rec.HeaderForm = r.headerForm(rec.Headers, rec.HeaderForm, rec.Host)
	}
	if answer.changes {
		rec.ResponseHeaders, rec.ResponseHeaderForm = r.headerForm(rec.ResponseHeaders, rec.ResponseHeaderForm, "")
	}
	rec.ResponseTrailers, _ = r.header(rec.ResponseTrailers)
	sent := rec.Target.EscapedPath()
	if clean := r.target(rec.Target); clean != rec.Target {
		if maps.EqualFunc(rec.QueryParams, rec.Target.Parameters(), slices.Equal) {
			rec.QueryParams = clean.Parameters() // What stands in the target is found by more than by its decoded names and values.
		}
		rec.Target, rec.TargetRedacted = clean, true
	}
	rec.QueryParams, _ = r.values(r.names(rec.QueryParams), func(name, value string) (string, bool) {
		if rule, secret := r.parameters.find(name); secret {
			return r.replacement(rule.action, value), rule.action != dropped
		}
		return r.address(value), true
	})
	if rec.Path == sent {
		rec.Path = rec.Target.EscapedPath()
	} else {
		rec.Path = r.byLook(rec.Path, false) // It may be escaped all the same.
	}
	rec.Path = r.address(rec.Path)
	for _, text := range []*string{&rec.Route, &rec.Host, &rec.Operation, &rec.Failure, &rec.ClientIP} {
		*text = r.text(*text)
	}
}

// leastCutConsumer is how long a consumer may be in bytes that is only the begin of what the header had.
const leastCutConsumer = 64

// Consumer keeps a consumer that is told by a secret one of the headers, such as an API key, apart from others without its
// secret. Other consumers are masked as any text.
func (r *Redactor) Consumer(consumer string, headers Values) string {
	return r.consumer(consumer, r.read(headers, "", consumer).tellsConsumer)
}

func (r *Redactor) consumer(consumer string, bySecret bool) string {
	switch {
	case consumer == "" || !bySecret:
		return r.text(consumer)
	case len(r.key) > 0:
		return r.hash(consumer)
	}
	sum := sha256.Sum256([]byte(consumer))
	return "redacted-" + hex.EncodeToString(sum[:6])
}

// isConsumer reports whether the value of a header is what tells the consumer.
func isConsumer(value, consumer string) bool {
	return value == consumer || len(consumer) >= leastCutConsumer && strings.HasPrefix(value, consumer)
}

// address returns a value that may be a URL, or have some in it, without its secrets.
func (r *Redactor) address(value string) string {
	g := glanceAt(value)
	if g.hasParameters() {
		value = r.urls(value)
		g = glanceAt(value)
	}
	return r.glanced(value, g)
}

// values replaces each value, in a copy where any changes. Those that are not kept are left out, with their name where
// none stays. changed reports whether any did.
func (r *Redactor) values(values Values, replace func(name, value string) (clean string, keep bool)) (out Values, changed bool) {
	if !changes(values, replace) {
		return values, false
	}
	out = make(Values, len(values))
	for name, list := range values {
		kept := make([]string, 0, len(list))
		for _, value := range list {
			if clean, keep := replace(name, value); keep {
				kept = append(kept, clean)
			}
		}
		if len(kept) > 0 || len(list) == 0 {
			out[name] = kept
		}
	}
	return out, true
}

// names replaces secrets by their look in names: a query may have nothing else.
func (r *Redactor) names(values Values) Values {
	var out Values
	for name := range values {
		if clean := r.address(name); clean != name {
			if out == nil {
				out = maps.Clone(values)
			}
			delete(out, name)
			out[clean] = append(slices.Clone(out[clean]), values[name]...)
		}
	}
	if out == nil {
		return values
	}
	return out
}

func changes(values Values, replace func(name, value string) (clean string, keep bool)) bool {
	for name, list := range values {
		for _, value := range list {
			if clean, keep := replace(name, value); !keep || clean != value {
				return true
			}
		}
	}
	return false
}

// Text replaces secrets in any text that leaves memory outside a recording.
func (r *Redactor) Text(text string) string { return r.address(text) }

// Path replaces secrets in the escaped path of a request, escaped or not. All else of it stays as it is.
func (r *Redactor) Path(path string) string {
	if strings.IndexByte(path, '%') >= 0 {
		path = r.byLook(path, false)
	}
	return r.address(path)
}

// text replaces what has a secret name, what detectors find, and what patterns match.
func (r *Redactor) text(text string) string { return r.glanced(text, glanceAt(text)) }

// glanced is text for one of which g tells.
func (r *Redactor) glanced(text string, g glance) string {
	if r.mayBeNamed(text, g) {
		text = string(r.named([]byte(text)))
		g = glanceAt(text)
	}
	if r.detectors.any && r.detectors.mayFind(text, g) {
		var buffer [512]byte // Paths and headers are mostly shorter, and so are not copied to the heap.
		content := append(buffer[:0], text...)
		if found := r.detectors.find(content, false); len(found) > 0 {
			text = string(r.replace([]byte(text), found))
		}
	}
	for _, p := range r.patterns {
		if p.expression.MatchString(text) {
			text = p.expression.ReplaceAllStringFunc(text, func(match string) string { return r.replacement(p.action, match) })
		}
	}
	return text
}

// parameter finds name=value after the ?, & or # of a URL, up to whatever ends a URL in a header.
var parameter = regexp.MustCompile(`([?&#;])([^=&#;?\s"'<>]+)=([^&#;\s"'<>]*)`)

// urls replaces parameters of the URLs in a header such as Location or Referer, or in a path.
func (r *Redactor) urls(value string) string {
	return parameter.ReplaceAllStringFunc(value, func(match string) string {
		parts := parameter.FindStringSubmatch(match)
		rule, secret := r.parameters.find(querystring.Decode(parts[2]))
		switch {
		case !secret:
			return match
		case rule.action == dropped:
			return parts[1]
		}
		return parts[1] + parts[2] + "=" + r.replacement(rule.action, querystring.Decode(parts[3]))
	})
}

// first returns the first value of a header, whose name may be spelled in any case.
func first(values Values, name string) string {
	for n, list := range values {
		if len(list) > 0 && strings.EqualFold(n, name) {
			return strings.Join(list, ", ")
		}
	}
	return ""
}
