package recording

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MaxImportedLine is how long one recording may be as a line of JSON, in bytes.
const MaxImportedLine = 16 << 20

// ReadJSONLines reads what WriteJSONLines writes. It ends with the first line that is no recording: the error joins
// *validation.Error whose fields begin with the line, as in "line 3.gateway". Empty lines are passed over.
func ReadJSONLines(ctx context.Context, from io.Reader) iter.Seq2[Recording, error] {
	return func(yield func(Recording, error) bool) {
		lines := bufio.NewScanner(from)
		lines.Buffer(make([]byte, 0, 64<<10), MaxImportedLine)
		n := 1
		for ; lines.Scan(); n++ {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			r, err := importedFrom(ctx, line)
			if !yield(r, validation.In(fmt.Sprintf("line %d", n), err)) || err != nil {
				return
			}
		}
		switch err := lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(Recording{}, validation.Errorf(fmt.Sprintf("line %d", n), "must have at most %d bytes", MaxImportedLine))
		case err != nil:
			yield(Recording{}, err)
		}
	}
}

func importedFrom(ctx context.Context, line []byte) (r Recording, err error) {
	if err := validation.DecodeJSONContext(ctx, line, &r); err != nil {
		return Recording{}, err
	}
	return r, r.checkImported()
}

// checkImported reports what a recording must have that comes from a file. What stores change of any recording is none of its matter.
func (r *Recording) checkImported() error {
	var problems []error
	add := func(field, format string, args ...any) {
		problems = append(problems, validation.Errorf(field, format, args...))
	}
	if r.ID == uuid.Nil {
		add("id", "is required")
	}
	if seconds := r.Timestamp.Unix(); seconds < earliest || seconds >= latest {
		add("timestamp", "must be of the years 2000 to 2199")
	}
	switch r.Protocol {
	case HTTP, GRPC, WebSocket, GraphQL:
	default:
		add("protocol", "must be http, grpc, websocket or graphql, is %q", clip(string(r.Protocol)))
	}
	if r.Gateway == "" {
		add("gateway", "is required")
	}
	if r.ResponseStatus < 0 || r.ResponseStatus > 999 {
		add("response_status", "must be 0 to 999, is %d", r.ResponseStatus)
	}
	for field, number := range map[string]*int{"grpc_status": r.GRPCStatus, "websocket_close": r.WebSocketClose} {
		if number != nil && (*number < 0 || *number > 65_535) {
			add(field, "must be 0 to 65535, is %d", *number)
		}
	}
	if r.Body.Size < 0 {
		add("body.size", "must not be negative, is %d", r.Body.Size)
	}
	if r.ResponseBody.Size < 0 {
		add("response_body.size", "must not be negative, is %d", r.ResponseBody.Size)
	}
	if len(r.Messages) > MaxMessages {
		add("messages", "must be at most %d, are %d", MaxMessages, len(r.Messages))
	}
	for i := range r.Messages {
		if d := r.Messages[i].Direction; d != "in" && d != "out" {
			add(fmt.Sprintf("messages[%d].direction", i), "must be in or out, is %q", clip(d))
		}
	}
	if len(r.Withheld) > 0 {
		add("withheld", "must be empty: the file was exported without contents, by who may not read them")
	}
	return errors.Join(append(problems, r.CheckForms())...)
}
