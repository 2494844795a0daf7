package mock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// maxSteps is how many passes through loops one template may take.
	maxSteps = 10_000
	// maxTime is how long one answer may take to be made.
	maxTime = 5 * time.Second
)

// text is a part of an answer: as it stands, or a template.
type text struct {
	fixed    string
	template *template.Template
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
	return text{template: t}, nil
}

// position leaves what a user can use of an error of text/template: "line 2: unexpected …".
func position(err error) string {
	return strings.Replace(strings.TrimPrefix(err.Error(), "template: "), ":", "line ", 1)
}

// checkpoint is {{$.Checkpoint}}, which every pass through a loop takes first: text/template cannot be interrupted.
var checkpoint = template.Must(template.New("").Parse("{{$.Checkpoint}}")).Root.Nodes[0]

// bound makes the loops of a template end, and refuses calls of templates, which could call themselves.
func bound(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		var branch *parse.BranchNode
		switch n := node.(type) {
		case *parse.IfNode:
			branch = &n.BranchNode
		case *parse.WithNode:
			branch = &n.BranchNode
		case *parse.RangeNode:
			branch = &n.BranchNode
			n.List.Nodes = append([]parse.Node{checkpoint}, n.List.Nodes...)
		case *parse.TemplateNode:
			return validation.Errorf("", "must not call templates, calls %q in line %d", n.Name, n.Line)
		default:
			continue
		}
		if err := errors.Join(bound(branch.List), bound(branch.ElseList)); err != nil {
			return err
		}
	}
	return nil
}

// render is the text for a request. The error says what is wrong with the template, or that it goes too far.
func (t text) render(d *Data) (string, error) {
	if t.template == nil {
		return t.fixed, nil
	}
	out := limited{limit: MaxBody}
	if err := t.template.Execute(&out, d); err != nil {
		if limit := limitError(""); errors.As(err, &limit) {
			return "", limit
		}
		return "", err
	}
	return out.String(), nil
}

// limitError says which limit a template has met.
type limitError string

func (t limitError) Error() string { return string(t) }

// What templates cannot do.
var (
	errTooLarge = limitError(fmt.Sprintf("makes more than %d bytes", MaxBody))
	errTooLong  = limitError(fmt.Sprintf("takes longer than %v", maxTime))
	errTooOften = limitError(fmt.Sprintf("takes more than %d passes through loops", maxSteps))
)

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

// Checkpoint is not for users: loops pass it, so that they end.
func (d *Data) Checkpoint() (string, error) {
	if d.steps++; d.steps > maxSteps {
		return "", errTooOften
	}
	if err := d.ctx.Err(); errors.Is(err, context.DeadlineExceeded) {
		return "", errTooLong
	} else if err != nil {
		return "", err
	}
	return "", nil
}
