package recording

import (
	"encoding/json"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Limits of a schema that is learned, so that hostile bodies cannot make it large.
const (
	maxSchemaDepth = 20
	// maxSchemaNodes is for a whole document.
	maxSchemaNodes = 10_000
	// maxProperties is how many names an object has before they are taken for keys of a map.
	maxProperties = 100
	// An enumeration has few values, all short, each seen several times on average.
	maxEnum       = 8
	maxEnumLength = 48
	minEnumRepeat = 5
)

// The formats of strings that are told apart: bits, of which those stay that every value has.
const (
	formatDateTime = 1 << iota
	formatDate
	formatUUID
	formatEmail
	formatURI
	anyFormat = formatDateTime | formatDate | formatUUID | formatEmail | formatURI
)

var formatNames = []struct {
	bit  int
	name string
}{{formatDateTime, "date-time"}, {formatDate, "date"}, {formatUUID, "uuid"}, {formatEmail, "email"}, {formatURI, "uri"}}

// schema is what was learned of JSON values that stand in the same place.
type schema struct {
	seen int
	// How many were null, true or false, whole numbers, other numbers, text, and redacted.
	nulls, booleans, integers, numbers, strings, masked int
	objects, arrays                                     int

	formats    int
	enum       map[string]int // nil once there are too many values
	enumClosed bool

	properties map[string]*schema
	// values is of an object with so many names that they are keys of a map.
	values *schema
	items  *schema
}

// budget is what is left of the limits of a document.
type budget struct{ nodes int }

func (b *budget) schema() *schema {
	if b.nodes <= 0 {
		return nil
	}
	b.nodes--
	return &schema{formats: anyFormat}
}

// learn takes one value in, as json.Decoder with UseNumber gives it. Where the budget is used up nothing new is learned.
func (s *schema) learn(value any, left *budget, depth int) {
	if s == nil || depth > maxSchemaDepth {
		return
	}
	s.seen++
	switch v := value.(type) {
	case nil:
		s.nulls++
	case bool:
		s.booleans++
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			s.integers++
		} else {
			s.numbers++
		}
	case string:
		s.learnText(v)
	case []any:
		s.arrays++
		for _, item := range v {
			if s.items == nil {
				s.items = left.schema()
			}
			s.items.learn(item, left, depth+1)
		}
	case map[string]any:
		s.learnObject(v, left, depth)
	}
}

// learnText takes in text that may be text only, such as a parameter.
func (s *schema) learnText(text string) {
	if IsRedacted(text) {
		s.masked++
		return
	}
	s.strings++
	s.formats &= formatsOf(text, s.formats)
	if s.enumClosed {
		return
	}
	if s.enum == nil {
		s.enum = map[string]int{}
	}
	if s.enum[text]++; len(s.enum) > maxEnum || len(text) > maxEnumLength {
		s.enum, s.enumClosed = nil, true
	}
}

func (s *schema) learnObject(object map[string]any, left *budget, depth int) {
	s.objects++
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if s.values != nil {
			s.values.learn(object[name], left, depth+1)
			continue
		}
		property := s.properties[name]
		if property == nil {
			if len(s.properties) >= maxProperties {
				s.becomeMap(left)
				s.values.learn(object[name], left, depth+1)
				continue
			}
			if property = left.schema(); property == nil {
				continue
			}
			if s.properties == nil {
				s.properties = map[string]*schema{}
			}
			s.properties[name] = property
		}
		property.learn(object[name], left, depth+1)
	}
}

// becomeMap merges all properties into the schema of the values of a map, which takes fewer nodes.
func (s *schema) becomeMap(left *budget) {
	before := s.size()
	values := &schema{formats: anyFormat}
	for _, name := range slices.Sorted(maps.Keys(s.properties)) {
		values.merge(s.properties[name])
	}
	s.values, s.properties = values, nil
	left.nodes += before - s.size()
}

// size returns how many nodes s has.
func (s *schema) size() int {
	if s == nil {
		return 0
	}
	n := 1 + s.items.size() + s.values.size()
	for _, p := range s.properties {
		n += p.size()
	}
	return n
}

// merge takes in all that other has learned.
func (s *schema) merge(other *schema) {
	if other == nil {
		return
	}
	s.seen += other.seen
	s.nulls += other.nulls
	s.booleans += other.booleans
	s.integers += other.integers
	s.numbers += other.numbers
	s.strings += other.strings
	s.masked += other.masked
	s.objects += other.objects
	s.arrays += other.arrays
	s.formats &= other.formats
	s.enum, s.enumClosed = nil, true // values of different names are no enumeration
	if other.items != nil {
		if s.items == nil {
			s.items = &schema{formats: anyFormat}
		}
		s.items.merge(other.items)
	}
	if other.values != nil || s.values != nil {
		if s.values == nil {
			s.values = &schema{formats: anyFormat}
			for _, p := range s.properties {
				s.values.merge(p)
			}
			s.properties = nil
		}
		s.values.merge(other.values)
		for _, p := range other.properties {
			s.values.merge(p)
		}
		return
	}
	for name, p := range other.properties {
		if s.properties == nil {
			s.properties = map[string]*schema{}
		}
		if s.properties[name] == nil {
			s.properties[name] = &schema{formats: anyFormat}
		}
		s.properties[name].merge(p)
	}
}

func formatsOf(text string, wanted int) int {
	formats := 0
	if wanted == 0 || len(text) > 2048 {
		return 0
	}
	if wanted&formatDateTime != 0 {
		if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
			formats |= formatDateTime
		}
	}
	if wanted&formatDate != 0 {
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			formats |= formatDate
		}
	}
	if wanted&formatUUID != 0 && len(text) == 36 && uuid.Validate(text) == nil {
		formats |= formatUUID
	}
	if wanted&formatEmail != 0 && strings.Contains(text, "@") {
		if address, err := mail.ParseAddress(text); err == nil && address.Address == text {
			formats |= formatEmail
		}
	}
	if wanted&formatURI != 0 && strings.Contains(text, "://") {
		if u, err := url.Parse(text); err == nil && u.IsAbs() && u.Host != "" {
			formats |= formatURI
		}
	}
	return formats
}

// jsonSchema returns what was learned in the words of JSON Schema 2020-12, which OpenAPI 3.1 uses.
func (s *schema) jsonSchema() map[string]any {
	out := map[string]any{}
	if s == nil {
		return out
	}
	var types []string
	for _, t := range []struct {
		name string
		seen int
	}{
		{"object", s.objects},
		{"array", s.arrays},
		{"string", s.strings},
		{"boolean", s.booleans},
		{"number", s.numbers},
		{"integer", s.integers},
		{"null", s.nulls},
	} {
		if t.seen > 0 && !(t.name == "integer" && s.numbers > 0) {
			types = append(types, t.name)
		}
	}
	if s.masked > 0 {
		out["description"] = "Redacted in recordings."
		if s.strings == 0 {
			types = nil // what was masked may have been anything
		}
	}
	switch len(types) {
	case 0:
	case 1:
		out["type"] = types[0]
	default:
		out["type"] = types
	}
	if s.strings > 0 && s.masked == 0 {
		s.describeText(out, len(types) == 1)
	}
	if s.arrays > 0 {
		out["items"] = s.items.jsonSchema()
	}
	if s.values != nil {
		out["additionalProperties"] = s.values.jsonSchema()
	}
	if len(s.properties) > 0 {
		properties, required := map[string]any{}, []string{}
		for name, p := range s.properties {
			properties[name] = p.jsonSchema()
			if p.seen == s.objects {
				required = append(required, name)
			}
		}
		out["properties"] = properties
		if len(required) > 0 {
			slices.Sort(required)
			out["required"] = required
		}
	}
	return out
}

func (s *schema) describeText(out map[string]any, only bool) {
	for _, format := range formatNames {
		if s.formats&format.bit != 0 {
			out["format"] = format.name
			return
		}
	}
	if only && !s.enumClosed && len(s.enum) > 0 && s.strings >= minEnumRepeat*len(s.enum) {
		out["enum"] = slices.Sorted(maps.Keys(s.enum))
	}
}

// learnParameter takes in text that came as a parameter: numbers and truth values are told by their look.
func (s *schema) learnParameter(text string, left *budget, depth int) {
	if s == nil {
		return
	}
	var value any = text
	switch {
	case text == "true" || text == "false":
		value = text == "true"
	case json.Valid([]byte(text)) && len(text) <= 19 && strings.Trim(text, "-0123456789.") == "" && text != "":
		value = json.Number(text)
	}
	s.learn(value, left, depth)
}
