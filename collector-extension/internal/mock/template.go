package mock

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// text is a part of an answer: as it stands, or a template.
type text struct {
	fixed string
	// template has executions of a template; nil where there is none.
	template *sync.Pool
}

// compileText reads a part of an answer. The error is a *validation.Error without a field.
func compileText(source string, isTemplate bool) (text, error) {
	if !isTemplate || !strings.Contains(source, "{{") {
		return text{fixed: source}, nil
	}
	t, err := template.New("").Funcs(functions).Parse(source)
	if err != nil {
		return text{}, validation.Errorf("", "must be a template: %s", position(err))
	}
	if len(t.Templates()) > 1 {
		return text{}, validation.Errorf("", "must not define templates of its own")
	}
	if t.Tree == nil || t.Root == nil {
		return text{}, nil
	}
	if err := bound(t.Root); err != nil {
		return text{}, err
	}
	return text{template: &sync.Pool{New: func() any { return newExecution(t) }}}, nil
}

// position leaves what a user can use of an error of text/template: "line 2: unexpected …".
func position(err error) string {
	return strings.Replace(strings.TrimPrefix(err.Error(), "template: "), ":", "line ", 1)
}

// render returns the text for a request. The error says what is wrong with the template, or that it goes too far.
func (t text) render(d *Data) (string, error) {
	if t.template == nil {
		return t.fixed, nil
	}
	e := t.template.Get().(*execution)
	defer t.template.Put(e)
	e.budget = &d.budget
	defer func() { e.budget = nil }()
	out := limited{limit: MaxBody}
	if err := e.template.Execute(&out, d); err != nil {
		if limit := limitError(""); errors.As(err, &limit) {
			return "", limit
		}
		return "", err
	}
	return out.String(), nil
}

// limited is a buffer of a limited size.
type limited struct {
	bytes.Buffer
	limit int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.limit {
		return 0, errTooLarge
	}
	return l.Buffer.Write(p)
}

// limitError says which limit a template has met.
type limitError string

func (t limitError) Error() string { return string(t) }

// What templates cannot do.
var (
	errTooLarge = limitError(fmt.Sprintf("makes more than %d bytes", MaxBody))
	errTooLong  = limitError(fmt.Sprintf("takes longer than %v", maxTime))
	errTooOften = limitError(fmt.Sprintf("takes more than %d passes through loops", maxSteps))
	errTooMuch  = limitError(fmt.Sprintf("does more than a template may: it handles more than %d MiB", maxWork>>20))
)
