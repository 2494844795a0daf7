package validation

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Rate checks that *v, where given, is a share between 0 and 1; NaN and infinities are not.
func Rate(field string, v *float64) error {
	if v == nil || *v >= 0 && *v <= 1 {
		return nil
	}
	if math.IsNaN(*v) {
		return Errorf(field, "must be between 0 and 1, is not a number")
	}
	return Errorf(field, "must be between 0 and 1, is %v", *v)
}

// Text checks that text is valid UTF-8 without NUL, which databases cannot hold, and of at most limit bytes.
func Text(field, text string, limit int) error {
	if len(text) > limit {
		return Errorf(field, "must have at most %d bytes, has %d", limit, len(text))
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Errorf(field, "must be text without NUL")
	}
	return nil
}
