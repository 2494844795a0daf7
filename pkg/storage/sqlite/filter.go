package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// conditions collects the WHERE clause of a statement, every value as a parameter.
type conditions struct {
	clauses []string
	args    []any
}

// add takes the values of the places in clause, in their order.
func (c *conditions) add(clause string, args ...any) {
	c.clauses = append(c.clauses, clause)
	c.args = append(c.args, args...)
}

func (c *conditions) where() string {
	if len(c.clauses) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.clauses, " AND ")
}

// filter adds the conditions of a valid f. recording.Filter.Matches says the same in Go; a test holds both together.
func (c *conditions) filter(f recording.Filter) error { return c.asked(f.Asked()) }

func (c *conditions) asked(all []recording.Asked) error {
	for _, asked := range all {
		if err := c.form(asked); err != nil {
			return err
		}
	}
	return nil
}

// traits are what they say in SQL.
var traits = map[recording.Trait]string{
	recording.Injected: "(faults IS NOT NULL)",
	recording.Failed:   "(failure <> '' OR response_status = 0)",
}

// elements are what lists have of the values that are asked for.
var elements = map[recording.Kind]string{recording.KindList: "value", recording.KindFaults: "value ->> 'kind'"}

// form adds one clause.
func (c *conditions) form(asked recording.Asked) error {
	switch form := asked.Form.(type) {
	case recording.OneOf:
		c.add("("+form.Column.Name+" IN ("+places(len(form.Values))+"))", anys(form.Values)...)
	case recording.AnyOf:
		// What is implied is said where an index is of those recordings only.
		c.add(fmt.Sprintf("(%[1]s IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(%[1]s) WHERE %[2]s IN (%[3]s)))", form.Column.Name, elements[form.Column.Kind], places(len(form.Values))), anys(form.Values)...)
	case recording.Period:
		c.between(form.Column.Name, since(form.From), until(form.To))
	case recording.Between:
		c.between(form.Column.Name, orNil(form.Low), orNil(form.High))
	case recording.InRanges:
		c.ranges(form)
	case recording.Is:
		c.add(map[bool]string{true: "", false: "NOT "}[form.Value] + traits[form.Trait])
	case recording.HasPart:
		var any alternatives
		for _, spelling := range form.Spellings {
			any.contains(form.Column.Name, spelling)
		}
		c.add(any.clause(), any.args...)
	case recording.PathMatches:
		c.add("mockforge_path(?, path, target)", form.Text)
	case recording.HasHeader:
		c.header(form.Name, form.Value)
	case recording.HasText:
		c.text(form.Text, form.Spellings)
	case recording.Every:
		var all conditions
		for _, one := range form.Forms {
			if err := all.form(recording.Asked{Name: asked.Name, Form: one}); err != nil {
				return err
			}
		}
		c.add("("+strings.Join(all.clauses, " AND ")+")", all.args...)
	case recording.None:
		var out conditions
		if err := out.asked(form.Asked); err != nil {
			return err
		}
		// A condition on an absent value is null, which is not met.
		c.add("("+strings.Join(out.clauses, " OR ")+") IS NOT TRUE", out.args...)
	default:
		return asked.Refuse("a file")
	}
	return nil
}

// between adds one clause for both bounds, either of which may be nil.
func (c *conditions) between(column string, low, high any) {
	switch {
	case low != nil && high != nil:
		c.add("("+column+" >= ? AND "+column+" <= ?)", low, high)
	case low != nil:
		c.add(column+" >= ?", low)
	case high != nil:
		c.add(column+" <= ?", high)
	}
}

// since returns the first time that is stored as at or after t.
func since(t *time.Time) any {
	if t == nil {
		return nil
	}
	micro := t.UnixMicro()
	if time.UnixMicro(micro).Before(*t) {
		micro++
	}
	return micro
}

func until(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

func (c *conditions) ranges(form recording.InRanges) {
	var clauses []string
	var args []any
	for _, r := range form.Ranges {
		if r.From == r.To { // in the order of the index
			clauses, args = append(clauses, form.Column.Name+" = ?"), append(args, r.From)
			continue
		}
		clauses, args = append(clauses, form.Column.Name+" BETWEEN ? AND ?"), append(args, r.From, r.To)
	}
	c.add("("+strings.Join(clauses, " OR ")+")", args...)
}

// header adds the condition on one header, whose name is in its canonical form.
func (c *conditions) header(name, value string) {
	wanted := value
	if value == recording.AnyValue {
		wanted = name
	}
	clause, args := "EXISTS (SELECT 1 FROM json_each(%s) WHERE key = ?)", []any{name}
	if value != recording.AnyValue {
		clause, args = "EXISTS (SELECT 1 FROM json_each(%s) AS header, json_each(header.value) AS item WHERE header.key = ? AND item.value = ?)", []any{name, value}
	}
	c.amongThoseWith([]string{wanted}, "("+fmt.Sprintf(clause, "headers")+" OR "+fmt.Sprintf(clause, "response_headers")+")", slices.Concat(args, args))
}

// text adds the condition on what is in path, headers or bodies.
func (c *conditions) text(text string, spellings []string) {
	var any alternatives
	for _, spelling := range spellings {
		any.contains("path", spelling)
	}
	any.contains("body", text)
	any.contains("response_body", text)
	for _, headers := range []string{"headers", "response_headers"} {
		var header alternatives
		header.contains("header.key", text)
		header.contains("item.value", text)
		any.clauses = append(any.clauses, "EXISTS (SELECT 1 FROM json_each("+headers+") AS header LEFT JOIN json_each(header.value) AS item WHERE "+strings.Join(header.clauses, " OR ")+")")
		any.args = append(any.args, header.args...)
	}
	c.amongThoseWith(spellings, any.clause(), any.args)
}

// alternatives is a clause that is met where one of its parts is.
type alternatives struct {
	clauses []string
	args    []any
}

// contains adds that a column has part in it, in any case.
func (a *alternatives) contains(column, part string) {
	if recording.FoldsAsASCII(part) {
		a.clauses = append(a.clauses, "(typeof("+column+`) = 'text' AND `+column+` LIKE ? ESCAPE '\')`)
		a.args = append(a.args, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part)+"%")
		return
	}
	a.clauses, a.args = append(a.clauses, "mockforge_contains("+column+", ?)"), append(a.args, part)
}

func (a *alternatives) clause() string { return "(" + strings.Join(a.clauses, " OR ") + ")" }

func anys(values []string) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

func orNil(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}
