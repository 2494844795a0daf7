package recorder

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// encode is a recording as it waits on disk: JSON, which has no bytes that are not UTF-8. Where there are such, as in
// header fields in ISO 8859-1 (RFC 9110, section 5.5), they become the characters that they are there, as they do in
// the database too.
func encode(r recording.Recording) ([]byte, error) {
	for _, each := range []*string{&r.Method, &r.Host, &r.Path, &r.Route, &r.Operation, &r.Consumer, &r.Failure} {
		*each = text(*each)
	}
	for _, each := range []*recording.Values{&r.QueryParams, &r.Headers, &r.ResponseHeaders, &r.ResponseTrailers} {
		*each = values(*each)
	}
	return json.Marshal(&r)
}

func decode(record []byte) (recording.Recording, error) {
	var r recording.Recording
	return r, json.Unmarshal(record, &r)
}

func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(s[i])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// values is a copy where anything changes: what was captured may be shared.
func values(in recording.Values) recording.Values {
	valid := true
	for name, list := range in {
		valid = valid && utf8.ValidString(name)
		for _, value := range list {
			valid = valid && utf8.ValidString(value)
		}
	}
	if valid {
		return in
	}
	out := make(recording.Values, len(in))
	for name, list := range in {
		for _, value := range list {
			out[text(name)] = append(out[text(name)], text(value))
		}
	}
	return out
}
