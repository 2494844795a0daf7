package validation

import (
	"bytes"
	"encoding/json"
)

// Document returns value as JSON that every store can keep: what has the character U+0000, which PostgreSQL has no text for, is
// an *Error of field.
func Document(field string, value any) (string, error) {
	document, err := json.Marshal(value)
	if err != nil {
		return "", Errorf(field, "cannot be stored: %v", err)
	}
	if bytes.Contains(document, []byte(`\u0000`)) {
		return "", Errorf(field, "must not contain the character U+0000")
	}
	return string(document), nil
}
