package api

import (
	"bytes"
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// shownImages are what browsers show without running anything in it. SVG is not: it has scripts.
var shownImages = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// getRecordingBody gives the bytes of a body or message, or a range of them (RFC 9110, section 14). What was recorded may be anything, so
// that browsers are told to neither run nor guess it.
func (h *handler) getRecordingBody(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	id, err := recordingID(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if err := knownParameters(query, "part"); err != nil {
		return err
	}
	part := cmp.Or(query.Get("part"), "response")
	sequence, err := messageOf(part)
	if err != nil {
		return err
	}
	found, err := h.Recordings.Get(r.Context(), id)
	if err != nil {
		return err
	}
	var content []byte
	var mediaType string
	switch {
	case part == "request":
		content, mediaType = found.Body.Content, contentType(found.Headers)
	case part == "response":
		content, mediaType = found.ResponseBody.Content, contentType(found.ResponseHeaders)
	case sequence < len(found.Messages):
		content, mediaType = found.Messages[sequence].Body.Content, messageType(found.Messages[sequence])
	default:
		return problem(http.StatusNotFound, "The recording has "+strconv.Itoa(len(found.Messages))+" messages; the first is message:0.", "part")
	}
	header := w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if bare, _, _ := strings.Cut(mediaType, ";"); !slices.Contains(shownImages, bare) {
		header.Set("Content-Disposition", `attachment; filename="mockforge-`+id.String()+`-`+strings.ReplaceAll(part, ":", "-")+`"`)
	}
	header.Set("ETag", `"`+id.String()+"-"+part+`"`)
	if strings.Contains(r.Header.Get("Range"), ",") {
		// Several ranges are answered whole, as a server may: many small ones would be more than the body.
		r.Header.Del("Range")
	}
	http.ServeContent(&rangeAnswer{ResponseWriter: w}, r, "", time.Time{}, bytes.NewReader(content))
	return nil
}

// rangeAnswer makes the plain text that http.ServeContent answers a range beyond the end with a problem as all others.
type rangeAnswer struct {
	http.ResponseWriter
	refused bool
}

func (a *rangeAnswer) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.refused = true
	a.Header().Del("Content-Disposition")
	writeProblem(a.ResponseWriter, problem(status, "The range is beyond the end; Content-Range says where that is.", ""))
}

func (a *rangeAnswer) Write(p []byte) (int, error) {
	if a.refused {
		return len(p), nil
	}
	return a.ResponseWriter.Write(p)
}

// messageOf returns the place of the message that part names; -1 where it names a body.
func messageOf(part string) (int, error) {
	if part == "request" || part == "response" {
		return -1, nil
	}
	number, isMessage := strings.CutPrefix(part, "message:")
	sequence, err := strconv.ParseUint(number, 10, 31)
	if !isMessage || err != nil {
		return 0, validation.Errorf("part", "must be request, response or message:<number from 0 on>, is %q", clip(part))
	}
	return int(sequence), nil
}

const unknownType = "application/octet-stream"

// contentType returns the media type that recorded headers give, unknownType where it is none.
func contentType(headers recording.Values) string {
	values := headers["Content-Type"]
	if len(values) != 1 {
		return unknownType
	}
	mediaType, parameters, err := mime.ParseMediaType(values[0])
	if err != nil || !strings.Contains(mediaType, "/") {
		return unknownType
	}
	return cmp.Or(mime.FormatMediaType(mediaType, parameters), unknownType)
}

func messageType(m recording.Message) string {
	if _, isText := m.Body.Text(); isText && (m.Kind == "text" || m.Kind == "event") {
		return "text/plain; charset=utf-8"
	}
	return unknownType
}
