package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxBody is the largest body that is read, in bytes.
const maxBody = 1 << 20

// bodyTimeout is how long a client may take to send a body.
const bodyTimeout = 10 * time.Second

// decoders are the media types of bodies: JSON everywhere, YAML (RFC 9512) for what people keep in files.
type decoders map[string]func(context.Context, []byte, any) error

var (
	onlyJSON   = decoders{"application/json": validation.DecodeJSONContext}
	jsonOrYAML = decoders{"application/json": validation.DecodeJSONContext, "application/yaml": validation.DecodeYAMLContext}
)

// readBody decodes a JSON body into v, strictly. An empty one is an error unless optional.
func readBody(w http.ResponseWriter, r *http.Request, v any, optional bool) error {
	return onlyJSON.read(w, r, v, optional)
}

func (d decoders) read(w http.ResponseWriter, r *http.Request, v any, optional bool) error {
	body := r.Body
	if body == nil { // as plugins get requests without one
		body = http.NoBody
	}
	// A client that sends slowly holds up those who wait for their turn.
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil { // not every server has one
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, body, maxBody))
	if err != nil {
		return unread(err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		if optional {
			return nil
		}
		return validation.Errorf("", "must be a JSON object, is empty")
	}
	mediaType, _, err := mime.ParseMediaType(cmp.Or(r.Header.Get("Content-Type"), "application/json"))
	if mediaType == "application/x-www-form-urlencoded" {
		// What curl -d says of any body. What is decoded is JSON all the same, and browsers are kept out by CrossOrigin
		// and by Grafana, not by the media type.
		mediaType = "application/json"
		if _, files := d["application/yaml"]; files { // of which JSON is a part
			mediaType = "application/yaml"
		}
	}
	decode := d[mediaType]
	if err != nil || decode == nil {
		accepted := strings.Join(slices.Sorted(maps.Keys(d)), " or ")
		return problem(http.StatusUnsupportedMediaType, "The body must be "+accepted+".", "")
	}
	return decode(r.Context(), data, v)
}

// unread says why a body could not be read.
func unread(err error) error {
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem(http.StatusRequestTimeout, "The body must be sent within "+bodyTimeout.String()+".", "")
	}
	return validation.Errorf("", "ended before its end")
}
