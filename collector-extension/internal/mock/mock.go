package mock

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Mock is a compiled Definition. It is safe for use by any number of goroutines.
type Mock struct {
	name   string
	target scenario.Matcher
	// path is the path of the target, nil where it has none.
	path      *pathpattern.Pattern
	contains  string
	json      []jsonCondition
	responses []*response
	env       *environment
	// answered counts the answers, for those in turn.
	answered atomic.Uint64
}

// Name returns the configured name.
func (m *Mock) Name() string { return m.name }

func compile(d Definition, env *environment, files bool) (*Mock, error) {
	m := &Mock{name: d.Name, contains: d.BodyContains, env: env}
	errs := []error{d.validate()}
	target := scenario.Target{
		Path: d.Path, Query: d.Query, Headers: d.MatchHeaders, Operation: d.Operation, Consumer: d.Consumer,
	}
	if d.Method != "" {
		target.Methods = []string{d.Method}
	}
	var err error
	m.target, err = scenario.NewMatcher(target)
	errs = append(errs, renamed(err))
	if d.Path != "" && err == nil {
		m.path, _ = pathpattern.Parse(d.Path) // The target has it, too.
	}
	m.json, err = compileJSON(d.BodyJSON)
	errs = append(errs, validation.In("body_json", err))
	if len(d.Responses) == 0 {
		one, err := compileResponse(d.Response, d.Template, files)
		errs = append(errs, err)
		m.responses = []*response{one}
	}
	for i, r := range d.Responses {
		one, err := compileResponse(r, d.Template, files)
		errs = append(errs, validation.In("responses["+strconv.Itoa(i)+"]", err))
		m.responses = append(m.responses, one)
	}
	return m, errors.Join(errs...)
}

// renamed gives the conditions of a target the names that they have here.
func renamed(err error) error {
	all := validation.All(err)
	errs := make([]error, 0, len(all))
	for _, e := range all {
		field := e.Field
		switch {
		case strings.HasPrefix(field, "methods"):
			field = "method"
		case strings.HasPrefix(field, "headers"):
			field = "match_" + field
		}
		errs = append(errs, &validation.Error{Field: field, Problem: e.Problem})
	}
	return errors.Join(errs...)
}

// Validate finds what New would refuse, but for files that cannot be read and names that are there twice. The error joins
// one *validation.Error per offence.
func (d *Definition) Validate() error {
	_, err := compile(*d, nil, false)
	return err
}

// validate checks what concerns more than one condition.
func (d Definition) validate() error {
	var errs []error
	switch {
	case d.Name == "":
		errs = append(errs, validation.Errorf("name", "is required"))
	default:
		errs = append(errs, validation.Text("name", d.Name, scenario.MaxTextLength))
	}
	if d.Path == "" && d.Operation == "" {
		errs = append(errs, validation.Errorf("path", "is required, unless operation is given"))
	}
	if len(d.BodyContains) > MaxRead {
		errs = append(errs, validation.Errorf("body_contains", "must be at most %d bytes, is %d", MaxRead, len(d.BodyContains)))
	}
	if len(d.Responses) > 0 && d.Response.given() {
		errs = append(errs, validation.Errorf("responses", "must not stand beside status, headers, body, grpc_status, grpc_message or delay"))
	}
	if len(d.Responses) > 100 {
		errs = append(errs, validation.Errorf("responses", "must be at most 100, are %d", len(d.Responses)))
	}
	return errors.Join(errs...)
}

func (m *Mock) matches(x *scenario.Exchange, r *http.Request) bool {
	if !m.target.Match(x) {
		return false
	}
	if m.contains == "" && len(m.json) == 0 {
		return true
	}
	body := readBody(r)
	return body.contains(m.contains) && body.matches(m.json)
}

// turn returns the response to answer with, and the number of the answer from 1.
func (m *Mock) turn() (*response, uint64) {
	n := m.answered.Add(1)
	return m.responses[min(n, uint64(len(m.responses)))-1], n
}
