package recording

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// defaultMaxDecodedBytes bounds what a compressed body may become.
	defaultMaxDecodedBytes = 1 << 20
	maxRedactionNames      = 2000
	maxRedactionPatterns   = 100
	maxRedactionLength     = 1000
	// minHashKey is the least length of a key in bytes: with less, hashes can be turned back by trying.
	minHashKey = 16
)

// Redaction says what is replaced before a recording leaves memory. Names are compared without case and without what is
// no letter or digit: accessToken is access_token and Access-Token. Those that are known as secrets, as all of the defaults
// are, and those with a * before them are met as the end of a longer name too; others as the whole of it, or of its last
// part in brackets or behind a dot.
type Redaction struct {
	// Headers are of requests, responses and trailers, besides those that carry credentials by their definition, which always
	// are replaced.
	Headers []string `json:"headers,omitempty" yaml:"headers,omitempty" mapstructure:"headers"`
	// QueryParams are in the query, in URLs of headers, and in form bodies.
	QueryParams []string `json:"query_params,omitempty" yaml:"query_params,omitempty" mapstructure:"query_params"`
	// JSONFields are replaced with their whole value at any depth of JSON, also in broken or truncated JSON and in JSON
	// within a string, and in form bodies, GraphQL arguments, and elements and attributes of XML.
	JSONFields []string `json:"json_fields,omitempty" yaml:"json_fields,omitempty" mapstructure:"json_fields"`
	// FormFields are in form bodies only, urlencoded and multipart.
	FormFields []string `json:"form_fields,omitempty" yaml:"form_fields,omitempty" mapstructure:"form_fields"`
	// Patterns are regular expressions (RE2 syntax); what they match is replaced wherever it stands.
	Patterns []string `json:"patterns,omitempty" yaml:"patterns,omitempty" mapstructure:"patterns"`
	// Keep are names that are no secrets, whatever the lists say; with a * before it, also as the end of a longer name.
	Keep []string `json:"keep,omitempty" yaml:"keep,omitempty" mapstructure:"keep"`
	// Detectors find what has no name: bearer, basic, jwt, credit_card, email, ip, vendor_key, private_key.
	Detectors []string `json:"detectors,omitempty" yaml:"detectors,omitempty" mapstructure:"detectors"`
	// Action is what happens to all that is found: mask, hash or drop; empty is mask.
	Action string `json:"action,omitempty" yaml:"action,omitempty" mapstructure:"action"`
	// Actions are exceptions from Action, by what is found: the name of a header, parameter, field or detector, or the
	// text of a pattern.
	Actions map[string]string `json:"actions,omitempty" yaml:"actions,omitempty" mapstructure:"actions"`
	// HashKey is the key of the action hash, at least 16 bytes. It is a secret.
	HashKey string `json:"-" yaml:"-" mapstructure:"-"`
	// MaxDecodedBytes bounds what is kept of a compressed body after decompression, in bytes; 0 is 1 MiB.
	MaxDecodedBytes int `json:"max_decoded_bytes,omitempty" yaml:"max_decoded_bytes,omitempty" mapstructure:"-"`
}

// defaultHeaders returns the headers that carry credentials by their definition; they are replaced in any configuration.
func defaultHeaders() []string {
	return []string{"authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key"}
}

// DefaultRedaction returns what is replaced where nothing is configured: credentials and card numbers. E-mail and IP addresses
// are not.
func DefaultRedaction() Redaction {
	return Redaction{
		Headers:     append(secretNames(), headerNames...),
		QueryParams: slices.Clone(queryNames),
		JSONFields:  secretNames(),
		Detectors:   []string{"bearer", "basic", "jwt", "credit_card", "vendor_key", "private_key"},
	}
}

// WithDefaults returns r with the names of DefaultRedaction besides its own. What was listed first decides, so its actions hold.
func (r Redaction) WithDefaults() Redaction {
	d := DefaultRedaction()
	r.Headers = append(slices.Clone(r.Headers), d.Headers...)
	r.QueryParams = append(slices.Clone(r.QueryParams), d.QueryParams...)
	r.JSONFields = append(slices.Clone(r.JSONFields), d.JSONFields...)
	return r
}

// Redactor replaces secrets. It is safe for use by any number of goroutines.
type Redactor struct {
	// parameters are fields and more, forms are parameters and more.
	headers, fields, parameters, forms *nameSet
	patterns                           []pattern
	detectors                          detectors
	key                                []byte
	maxDecoded                         int
}

type pattern struct {
	expression *regexp.Regexp
	action     action
}

// redactionCompiler collects what is wrong with a Redaction.
type redactionCompiler struct {
	redaction Redaction
	general   action
	// actions are those of Actions, by what they are for as it is written there, in lower case; taken are those that
	// something has.
	actions map[string]action
	taken   map[string]bool
	// spellings are the same texts by their normal form as names.
	spellings map[string]string
	problems  []error
}

// NewRedactor compiles what is to be replaced. The error joins *validation.Error.
func NewRedactor(redaction Redaction) (*Redactor, error) {
	c := &redactionCompiler{redaction: redaction, actions: map[string]action{}, taken: map[string]bool{}, spellings: map[string]string{}}
	c.readActions()
	r := &Redactor{maxDecoded: redaction.MaxDecodedBytes, key: []byte(redaction.HashKey)}
	if r.maxDecoded <= 0 {
		r.maxDecoded = defaultMaxDecodedBytes
	}
	c.sets(r)
	r.patterns = c.patterns()
	r.detectors = c.detectors()
	c.longer(r)
	return r, errors.Join(c.problems...)
}

func (c *redactionCompiler) add(field, format string, args ...any) {
	c.problems = append(c.problems, validation.Errorf(field, format, args...))
}

// readActions reads what happens to what is found.
func (c *redactionCompiler) readActions() {
	hashes := false
	read := func(field, text string) action {
		a, ok := parseAction(text)
		if !ok {
			c.add(field, "must be mask, hash or drop, is %q", clip(text))
		}
		hashes = hashes || a == hashed
		return a
	}
	if c.redaction.Action != "" {
		c.general = read("action", c.redaction.Action)
	}
	if len(c.redaction.Actions) > maxRedactionNames {
		c.add("actions", "must have at most %d, has %d", maxRedactionNames, len(c.redaction.Actions))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.redaction.Actions)) {
		text := strings.ToLower(strings.TrimSpace(name))
		c.spellings[normalName(text)] = text
		c.actions[text] = read("actions."+clip(name), c.redaction.Actions[name])
	}
	// The key itself is never told.
	switch key := len(c.redaction.HashKey); {
	case hashes && key == 0:
		c.add("hash_key", "is required where an action is hash")
	case key > 0 && key < minHashKey:
		c.add("hash_key", "must have at least %d bytes, has %d", minHashKey, key)
	}
}

// of returns the action for what is found by that text.
func (c *redactionCompiler) of(text string) action {
	text = strings.ToLower(text)
	if a, ok := c.actions[text]; ok {
		c.taken[text] = true
		return a
	}
	return c.general
}

func (c *redactionCompiler) patterns() []pattern {
	if n := len(c.redaction.Patterns); n > maxRedactionPatterns {
		c.add("patterns", "must have at most %d, has %d", maxRedactionPatterns, n)
		return nil
	}
	var patterns []pattern
	for i, text := range c.redaction.Patterns {
		field := fmt.Sprintf("patterns[%d]", i)
		if text == "" || len(text) > maxRedactionLength {
			c.add(field, "must have 1 to %d bytes, has %d", maxRedactionLength, len(text))
			continue
		}
		expression, err := regexp.Compile(text)
		if err != nil {
			c.add(field, "must be a regular expression: %v", err)
			continue
		}
		if expression.MatchString("") {
			c.add(field, "must not match the empty text")
			continue
		}
		patterns = append(patterns, pattern{expression, c.of(text)})
	}
	return patterns
}

func (c *redactionCompiler) detectors() detectors {
	var d detectors
	for i, name := range c.redaction.Detectors {
		kind := slices.Index(detectorNames[:], name)
		if kind < 0 {
			c.add(fmt.Sprintf("detectors[%d]", i), "must be one of %s, is %q", strings.Join(detectorNames[:], ", "), clip(name))
			continue
		}
		d.on[kind], d.actions[kind], d.any = true, c.of(name), true
	}
	return d
}
