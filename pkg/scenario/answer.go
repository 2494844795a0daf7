package scenario

import (
	"mime"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MaxFaultBody bounds the body of an answer, and the values of patches and extensions together, in bytes.
const MaxFaultBody = 64 << 10

// anyContentType says in the editor what the type of a body is where it is not given.
const anyContentType = "application/json, text/plain …"

// body and contentType are what kinds answer with that answer themselves.
var (
	bodyParameter = optional("body", func(f *Fault) **string { return &f.Body }, func(field, v string) error {
		return validation.Text(field, v, MaxFaultBody)
	}).edited(ControlMultiline).schema("type: string, maxLength: 65536")
	contentType = text("content_type", ControlText, func(f *Fault) *string { return &f.ContentType }, checkContentType).
			schema("type: string, maxLength: 1024")
)

func checkContentType(field, v string) error {
	if _, _, err := mime.ParseMediaType(v); err != nil || len(v) > MaxTextLength || !isHeaderValue(v) {
		return validation.Errorf(field, "must be a media type such as application/json, is %q", clip(v))
	}
	return nil
}
