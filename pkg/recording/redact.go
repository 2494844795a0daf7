package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Mask is what stands in place of a secret.
const Mask = "[redacted]"

// IsRedacted is whether any part of a value was replaced when it was recorded.
func IsRedacted(value string) bool { return strings.Contains(value, Mask) }

const (
	// defaultMaxDecodedBytes bounds what a compressed body may become.
	defaultMaxDecodedBytes = 1 << 20
	maxRedactionNames      = 1000
	maxRedactionPatterns   = 100
	maxRedactionLength     = 1000
)

// Redaction says what is masked before a recording leaves memory. Names match in any case.
type Redaction struct {
	// Headers are masked in requests, responses and trailers, besides DefaultHeaders, which always are.
	Headers []string `json:"headers,omitempty" yaml:"headers,omitempty" mapstructure:"headers"`
	// QueryParams are masked in the query, in URLs of headers, and in form bodies.
	QueryParams []string `json:"query_params,omitempty" yaml:"query_params,omitempty" mapstructure:"query_params"`
	// JSONFields are masked with their whole value at any depth of JSON, also in broken or truncated JSON and in JSON
	// within a string, and in form bodies and GraphQL arguments.
	JSONFields []string `json:"json_fields,omitempty" yaml:"json_fields,omitempty" mapstructure:"json_fields"`
	// Patterns are regular expressions (RE2 syntax); what they match is masked wherever it stands.
	Patterns []string `json:"patterns,omitempty" yaml:"patterns,omitempty" mapstructure:"patterns"`
	// MaxDecodedBytes bounds what is kept of a compressed body after decompression, in bytes; 0 is 1 MiB.
	MaxDecodedBytes int `json:"max_decoded_bytes,omitempty" yaml:"max_decoded_bytes,omitempty" mapstructure:"-"`
}

// DefaultHeaders are the headers that carry credentials by their definition; they are masked in any configuration.
func DefaultHeaders() []string {
	return []string{"authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key"}
}

// DefaultRedaction is what is masked where nothing is configured.
func DefaultRedaction() Redaction {
	return Redaction{
		Headers:     DefaultHeaders(),
		QueryParams: []string{"access_token", "api_key", "apikey", "token", "password", "secret"},
		JSONFields:  []string{"password", "token", "secret", "access_token", "refresh_token", "id_token", "api_key", "client_secret"},
	}
}

// Redactor masks secrets. It is safe for use by any number of goroutines.
type Redactor struct {
	headers, parameters, fields map[string]bool
	patterns                    []*regexp.Regexp
	maxName                     int
	// initials are the bytes that a secret field can begin with, in any case.
	initials   [256]bool
	maxDecoded int
}

// NewRedactor compiles what is to be masked. The error joins *validation.Error.
func NewRedactor(redaction Redaction) (*Redactor, error) {
	r := &Redactor{maxDecoded: redaction.MaxDecodedBytes}
	if r.maxDecoded <= 0 {
		r.maxDecoded = defaultMaxDecodedBytes
	}
	var problems []error
	set := func(field string, lists ...[]string) map[string]bool {
		names := map[string]bool{}
		for _, list := range lists {
			if len(list) > maxRedactionNames {
				problems = append(problems, validation.Errorf(field, "must have at most %d names, has %d", maxRedactionNames, len(list)))
				continue
			}
			for i, name := range list {
				switch trimmed := strings.TrimSpace(name); {
				case trimmed == "":
					problems = append(problems, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "must not be empty"))
				case len(trimmed) > maxRedactionLength:
					problems = append(problems, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "must have at most %d bytes", maxRedactionLength))
				default:
					names[strings.ToLower(trimmed)] = true
				}
			}
		}
		return names
	}
	r.headers = set("headers", redaction.Headers)
	for _, name := range DefaultHeaders() {
		r.headers[name] = true
	}
	r.parameters = set("query_params", redaction.QueryParams)
	r.fields = set("json_fields", redaction.JSONFields)
	for name := range r.fields {
		r.maxName = max(r.maxName, len(name))
		r.initials[name[0]], r.initials[strings.ToUpper(name)[0]] = true, true
	}
	if len(redaction.Patterns) > maxRedactionPatterns {
		problems = append(problems, validation.Errorf("patterns", "must have at most %d, has %d", maxRedactionPatterns, len(redaction.Patterns)))
		redaction.Patterns = nil
	}
	for i, text := range redaction.Patterns {
		field := fmt.Sprintf("patterns[%d]", i)
		if text == "" || len(text) > maxRedactionLength {
			problems = append(problems, validation.Errorf(field, "must have 1 to %d bytes, has %d", maxRedactionLength, len(text)))
			continue
		}
		pattern, err := regexp.Compile(text)
		if err != nil {
			problems = append(problems, validation.Errorf(field, "must be a regular expression: %v", err))
			continue
		}
		if pattern.MatchString("") {
			problems = append(problems, validation.Errorf(field, "must not match the empty text"))
			continue
		}
		r.patterns = append(r.patterns, pattern)
	}
	return r, errors.Join(problems...)
}

// Redact masks in place. Maps and contents that other goroutines may share are replaced, not changed. A body in a
// content encoding is decompressed first, and dropped where that cannot be done, since nobody could tell what is in it.
func (r *Redactor) Redact(rec *Recording) {
	r.consumer(rec)
	requestType, responseType := first(rec.Headers, "content-type"), first(rec.ResponseHeaders, "content-type")
	r.body(&rec.Body, requestType, first(rec.Headers, "content-encoding"))
	r.body(&rec.ResponseBody, responseType, first(rec.ResponseHeaders, "content-encoding"))
	for i := range rec.Messages {
		if i == 0 {
			rec.Messages = slices.Clone(rec.Messages)
		}
		r.body(&rec.Messages[i].Body, "", "")
	}
	rec.Headers = r.header(rec.Headers)
	rec.ResponseHeaders = r.header(rec.ResponseHeaders)
	rec.ResponseTrailers = r.header(rec.ResponseTrailers)
	rec.QueryParams = r.values(rec.QueryParams, func(name, value string) string {
		if r.secretParameter(name) {
			return Mask
		}
		return r.text(value)
	})
	for _, text := range []*string{&rec.Path, &rec.Route, &rec.Host, &rec.Operation, &rec.Consumer, &rec.Failure} {
		*text = r.text(*text)
	}
}

// consumer keeps a consumer that is told by a secret header, such as an API key, apart from others without its secret.
func (r *Redactor) consumer(rec *Recording) {
	if rec.Consumer == "" {
		return
	}
	for name, list := range rec.Headers {
		if r.headers[strings.ToLower(name)] && slices.Contains(list, rec.Consumer) {
			sum := sha256.Sum256([]byte(rec.Consumer))
			rec.Consumer = "redacted-" + hex.EncodeToString(sum[:6])
			return
		}
	}
}

func (r *Redactor) secretParameter(name string) bool {
	name = strings.ToLower(name)
	return r.parameters[name] || r.fields[name]
}

func (r *Redactor) header(values Values) Values {
	return r.values(values, func(name, value string) string {
		if r.headers[strings.ToLower(name)] {
			return Mask
		}
		if strings.ContainsAny(value, "?#") && strings.Contains(value, "=") {
			value = r.urls(value)
		}
		return r.text(value)
	})
}

// values masks each value, in a copy where any changes.
func (r *Redactor) values(values Values, mask func(name, value string) string) Values {
	var masked Values
	for name, list := range values {
		for i, value := range list {
			clean := mask(name, value)
			if clean == value {
				continue
			}
			if masked == nil {
				masked = make(Values, len(values))
				for n, l := range values {
					masked[n] = slices.Clone(l)
				}
			}
			masked[name][i] = clean
		}
	}
	if masked == nil {
		return values
	}
	return masked
}

// Text masks fields of JSON and what the patterns match in any text that leaves memory outside a recording.
func (r *Redactor) Text(text string) string { return r.text(text) }

// text masks fields of JSON and what the patterns match.
func (r *Redactor) text(text string) string {
	if strings.Contains(text, `"`) {
		text = string(r.json([]byte(text)))
	}
	for _, pattern := range r.patterns {
		text = pattern.ReplaceAllLiteralString(text, Mask)
	}
	return text
}

// parameter finds name=value after the ?, & or # of a URL, up to whatever ends a URL in a header.
var parameter = regexp.MustCompile(`([?&#;])([^=&#;?\s"'<>]+)=([^&#;\s"'<>]*)`)

// urls masks parameters of the URLs in a header such as Location or Referer.
func (r *Redactor) urls(value string) string {
	return parameter.ReplaceAllStringFunc(value, func(match string) string {
		parts := parameter.FindStringSubmatch(match)
		name, err := url.QueryUnescape(parts[2])
		if err != nil {
			name = parts[2]
		}
		if !r.secretParameter(name) {
			return match
		}
		return parts[1] + parts[2] + "=" + Mask
	})
}

// first is the first value of a header, whose name may be spelled in any case.
func first(values Values, name string) string {
	for n, list := range values {
		if len(list) > 0 && strings.EqualFold(n, name) {
			return strings.Join(list, ", ")
		}
	}
	return ""
}
