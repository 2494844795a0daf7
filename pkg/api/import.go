package api

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// maxImportBody is how many bytes a request brings at most, maxImported how many recordings.
	maxImportBody = recording.MaxImportedLine
	maxImported   = 1000
	// importTimeout is how long a client may take to send them.
	importTimeout = time.Minute
)

// importTypes are the media types of lines of JSON: there is no registered one. A recording alone is JSON, too.
var importTypes = []string{"application/jsonl", "application/x-ndjson", "application/json"}

// Importer stores recordings that come from elsewhere.
type Importer interface {
	RecordingWriter
	// Redact masks what is not kept of recordings.
	Redact(r *recording.Recording)
}

type imported struct {
	Imported int `json:"imported"`
}

// importRecordings stores JSON Lines as they were exported, all or none. What is there already stays as it is.
func (h *handler) importRecordings(w http.ResponseWriter, r *http.Request) error {
	if h.Importer == nil {
		return problem(http.StatusServiceUnavailable, "Recordings are imported by the control API of a collector that stores them, whose configuration says what is masked.", "")
	}
	if err := knownParameters(r.URL.Query()); err != nil {
		return err
	}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !slices.Contains(importTypes, mediaType) {
		return problem(http.StatusUnsupportedMediaType, "The body must be application/jsonl: what GET /recordings/export?format=jsonl gives.", "")
	}
	batch, err := readImport(r.Context(), w, r)
	if err != nil {
		return err
	}
	for i := range batch {
		h.Importer.Redact(&batch[i])
	}
	if err := h.Importer.WriteRecordings(r.Context(), batch); err != nil {
		return notStored(err)
	}
	h.Logger.InfoContext(r.Context(), "recordings imported", "count", len(batch), "by", actorOf(r).Name)
	return writeJSON(w, http.StatusOK, imported{len(batch)})
}

func readImport(ctx context.Context, w http.ResponseWriter, r *http.Request) (batch []recording.Recording, err error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(importTimeout)) == nil { // not every server has one
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	for one, err := range recording.ReadJSONLines(ctx, http.MaxBytesReader(w, body, maxImportBody)) {
		switch {
		case errors.As(err, new(*http.MaxBytesError)):
			return nil, problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body must have at most %d MiB; send the lines in several requests.", maxImportBody>>20), "")
		case err != nil && len(validation.All(err)) == 0:
			return nil, unread(err)
		case err != nil:
			return nil, err
		case len(batch) == maxImported:
			return nil, validation.Errorf("", "must have at most %d recordings; send them in several requests", maxImported)
		}
		batch = append(batch, one)
	}
	if len(batch) == 0 {
		return nil, validation.Errorf("", "must have a recording on each line, is empty")
	}
	return batch, nil
}

// notStored says which recordings the store cannot have.
func notStored(err error) error {
	rejected, ok := errors.AsType[*RejectedError](err)
	if !ok {
		return err
	}
	ids := make([]string, 0, min(len(rejected.IDs), maxProblemFields))
	for _, id := range rejected.IDs[:cap(ids)] {
		ids = append(ids, id.String())
	}
	return problem(http.StatusUnprocessableEntity, fmt.Sprintf("%d of the recordings cannot be stored (%s), the others are: %s.",
		len(rejected.IDs), rejected.Reason(), strings.Join(ids, ", ")), "")
}
