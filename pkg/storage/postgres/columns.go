package postgres

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Recordings have the columns of recording.Columns, by the same names, and some of them have others beside them.

// columnsOf returns the names of the columns that a part of a recording has here. Messages have a table of their own.
func columnsOf(c *recording.Column) []string {
	switch c.Kind {
	case recording.KindBody:
		return append([]string{c.Name, c.Name + "_binary"}, bodyFacts(c.Name)...)
	case recording.KindFaults:
		return []string{c.Name, "fault_kinds"}
	case recording.KindMessages:
		return nil
	}
	return []string{c.Name}
}

func bodyFacts(name string) []string {
	return []string{name + "_size", name + "_truncated", name + "_redacted", name + "_decoded"}
}

// recordingColumns are in the order in which recordingRow writes them.
var recordingColumns = func() (all []string) {
	for _, c := range recording.Columns() {
		all = append(all, columnsOf(c)...)
	}
	return all
}()

// selectedColumns are what scanRecording reads, with the contents of bodies or with null in their place.
var selectedColumns = map[bool]string{true: selected(true), false: selected(false)}

func selected(bodies bool) string {
	var all []string
	for _, c := range recording.Columns() {
		switch c.Kind {
		case recording.KindHex, recording.KindKnown, recording.KindTarget, recording.KindForm:
			all = append(all, "coalesce("+c.Name+", '')")
		case recording.KindBody:
			if bodies {
				all = append(all, c.Name, c.Name+"_binary")
			} else {
				all = append(all, "NULL::text", "NULL::bytea")
			}
			all = append(all, bodyFacts(c.Name)...)
		case recording.KindMessages:
		default:
			all = append(all, c.Name)
		}
	}
	return strings.Join(all, ", ")
}

// scanRecording reads selectedColumns.
func scanRecording(row interface{ Scan(...any) error }) (recording.Recording, error) {
	var r recording.Recording
	into := make([]any, 0, len(recordingColumns))
	for _, c := range recording.Columns() {
		switch field := c.Field(&r).(type) {
		case *recording.Body:
			into = append(into, (*content)(&field.Content), (*content)(&field.Content), &field.Size, &field.Truncated, &field.Redacted, &field.Decoded)
		case *recording.Target:
			into = append(into, (*target)(field))
		case *recording.Values, *[]recording.Fault:
			into = append(into, document{field})
		case *[]string:
			into = append(into, (*list)(field))
		case *[]recording.Message:
		default:
			into = append(into, field)
		}
	}
	if err := row.Scan(into...); err != nil {
		return r, unreadable(&r, err)
	}
	if err := r.CheckForms(); err != nil {
		return r, unreadable(&r, err)
	}
	r.Timestamp = r.Timestamp.UTC()
	return r, nil
}

// unreadable says which recording it is, where that was read.
func unreadable(r *recording.Recording, err error) error {
	if r.Timestamp.IsZero() {
		return err
	}
	return fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
}

// content is the content of a body, which is in one of two columns.
type content []byte

// Scan implements sql.Scanner.
func (c *content) Scan(value any) error {
	switch v := value.(type) {
	case nil:
	case string:
		*c = []byte(v)
	case []byte:
		*c = slices.Clone(v)
	default:
		return fmt.Errorf("a body is %T", value)
	}
	return nil
}

// target reads what recording.Target.Text wrote.
type target recording.Target

// Scan implements sql.Scanner.
func (t *target) Scan(value any) error {
	written, ok := value.(string)
	if !ok {
		return fmt.Errorf("a target is %T", value)
	}
	return (*recording.Target)(t).UnmarshalText([]byte(written))
}

// document reads JSON, which may be null.
type document struct{ into any }

// Scan implements sql.Scanner.
func (d document) Scan(value any) error {
	if value == nil {
		return nil
	}
	written, ok := value.([]byte)
	if !ok {
		return fmt.Errorf("a document is %T", value)
	}
	return json.Unmarshal(written, d.into)
}

// list reads an array of texts, which is nil where it is empty.
type list []string

// Scan implements sql.Scanner.
func (l *list) Scan(value any) error {
	var all pq.StringArray
	if err := all.Scan(value); err != nil || len(all) == 0 {
		return err
	}
	*l = list(all)
	return nil
}
