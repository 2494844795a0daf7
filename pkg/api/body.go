package api

import (
	"bytes"
	"io"
	"mime"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxBody is the largest body that is read, in bytes.
const maxBody = 1 << 20

// readBody decodes a JSON body into v, strictly. An empty one is an error unless optional.
func readBody(w http.ResponseWriter, r *http.Request, v any, optional bool) error {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		if optional {
			return nil
		}
		return validation.Errorf("", "must be a JSON object, is empty")
	}
	given := r.Header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(given); err != nil || mediaType != "application/json" {
		w.Header().Set("Accept", "application/json")
		return problem(http.StatusUnsupportedMediaType, "The body must be application/json.", "")
	}
	return validation.DecodeJSON(data, v)
}
