package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"unicode"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Problem is a problem document (RFC 9457) with the fields that are wrong.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Field is the first field that is wrong, absent where none is to blame.
	Field  string         `json:"field,omitempty"`
	Errors []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one field that is wrong. Detail reads as field and problem together.
type ProblemField struct {
	Field   string `json:"field"`
	Problem string `json:"problem"`
}

// Error makes a Problem an error that handlers return.
func (p *Problem) Error() string { return p.Detail }

// maxProblemFields keeps the answer to a thousand wrong rules readable.
const maxProblemFields = 50

func problem(status int, detail, field string) *Problem {
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Field: field}
	if field != "" {
		p.Errors = []ProblemField{{Field: field, Problem: detail}}
	}
	return p
}

// problemOf says what an error of a port or of validation means to the client. What it does not know is 500, without
// its text, which may hold what is not the client's business.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if fields := validation.All(err); len(fields) > 0 {
		p := problem(http.StatusBadRequest, fieldDetail(fields[0]), "")
		p.Field = fields[0].Field
		for _, f := range fields[:min(len(fields), maxProblemFields)] {
			p.Errors = append(p.Errors, ProblemField{Field: f.Field, Problem: f.Problem})
		}
		return p
	}
	if away, ok := errors.AsType[*UnavailableError](err); ok {
		return problem(http.StatusServiceUnavailable, sentence(away), "")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem(http.StatusRequestEntityTooLarge, "The body must have at most 1 MiB.", "")
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return problem(http.StatusNotFound, "It does not exist.", "")
	case errors.Is(err, ErrConflict):
		return problem(http.StatusConflict, sentence(ErrConflict), "")
	case errors.Is(err, ErrReadOnly):
		return problem(http.StatusConflict, sentence(ErrReadOnly), "")
	case errors.Is(err, ErrTooLong):
		return problem(http.StatusGatewayTimeout, sentence(ErrTooLong), "")
	case errors.Is(err, ErrUnavailable):
		return problem(http.StatusServiceUnavailable, sentence(ErrUnavailable), "")
	case errors.Is(err, ErrReplayOver):
		return problem(http.StatusConflict, sentence(ErrReplayOver), "")
	case errors.Is(err, ErrTooManyReplays):
		return problem(http.StatusConflict, sentence(ErrTooManyReplays), "")
	case errors.Is(err, ErrReplayNotTaken):
		return problem(http.StatusGatewayTimeout, sentence(ErrReplayNotTaken), "")
	case errors.Is(err, ErrReplayTooLong):
		return problem(http.StatusGatewayTimeout, sentence(ErrReplayTooLong), "")
	case errors.Is(err, ErrReplayFailed):
		return problem(http.StatusBadGateway, sentence(ErrReplayFailed), "")
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusGatewayTimeout, "The database took too long; ask for less, such as a shorter time range.", "")
	}
	return problem(http.StatusInternalServerError, "The request failed; the log of the server says why.", "")
}

func fieldDetail(e *validation.Error) string {
	if e.Field == "" {
		return "the body " + e.Problem
	}
	return e.Field + " " + e.Problem
}

// sentence returns the text of err with a capital and a full stop.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// Refuse answers with a problem document, for those who stand in front of the handler.
func Refuse(w http.ResponseWriter, status int, detail string) {
	writeProblem(w, problem(status, detail, ""))
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		http.Error(w, p.Title, p.Status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // a client that is gone needs no answer
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that is gone needs no answer
	return nil
}
