package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// conditions collects the WHERE clause of a statement, every value as a parameter.
type conditions struct {
	clauses []string
	args    []any
	// walking leaves the indexes for searching alone; searched reports whether one of them is needed.
	walking, searched bool
	// numbers are those to search among; nil for all.
	numbers *numbers
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
		c.oneOf(implied(form.Column.Name, form.Values), form.Column.Name, form.Values)
	case recording.AnyOf:
		// What is implied is said where an index is of those recordings only.
		c.add(fmt.Sprintf("(%[1]s IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(%[1]s) WHERE %[2]s IN (%[3]s)))", form.Column.Name, elements[form.Column.Kind], places(len(form.Values))), anys(form.Values)...)
	case recording.Period:
		c.between(form.Column.Name, since(form.From), until(form.To))
	case recording.Between:
		column := form.Column.Name
		if column == slowColumn && isSlow(form.Low) {
			column = column + " >= 100 AND " + column
		}
		c.between(column, orNil(form.Low), orNil(form.High))
	case recording.InRanges:
		c.ranges(form)
	case recording.Is:
		c.add(map[bool]string{true: "", false: "NOT "}[form.Value] + traits[form.Trait])
	case recording.HasPart:
		c.part(form)
	case recording.PathMatches:
		c.path(form)
	case recording.HasHeader:
		c.header(form.Name, form.Value)
	case recording.HasText:
		c.text(form.Text, form.Spellings)
	case recording.Every:
		all := conditions{walking: c.walking, numbers: c.numbers}
		for _, one := range form.Forms {
			if err := all.form(recording.Asked{Name: asked.Name, Form: one}); err != nil {
				return err
			}
		}
		c.add("("+strings.Join(all.clauses, " AND ")+")", all.args...)
		c.searched = c.searched || all.searched
	case recording.None:
		out := conditions{walking: true}
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
		c.add("("+column+" >= ?)", low)
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

func (c *conditions) oneOf(also, column string, values []string) {
	if len(values) > 0 {
		c.add("("+also+column+" IN ("+places(len(values))+"))", anys(values)...)
	}
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

// part adds that a text has a part. Of texts, paths are in the index for searching.
func (c *conditions) part(form recording.HasPart) {
	var any alternatives
	for _, spelling := range form.Spellings {
		any.contains(form.Column.Name, spelling)
	}
	if form.Column.Name != "path" {
		c.add(any.clause(), any.args...)
		return
	}
	c.amongThoseWith(form.Spellings, any.clause(), any.args)
}

func (c *conditions) path(form recording.PathMatches) {
	var marks []string
	if form.Pattern != nil {
		for _, literal := range form.Pattern.Literals() {
			marks = append(marks, mark('s', literal))
		}
	}
	c.amongMarked(marks, "mockforge_path(?, path, target)", []any{form.Text})
}

// implied is what a condition says besides, in the words of the index that is of such recordings only.
func implied(column string, values []string) string {
	most := map[string]string{"protocol": string(recording.HTTP), "scenario_mode": string(scenario.Healthy), "rule": ""}
	common, partial := most[column]
	if !partial || slices.Contains(values, common) {
		return ""
	}
	return column + " <> '" + common + "' AND "
}

// slowColumn is what the index of slow exchanges is of.
const slowColumn = "response_time_ms"

// isSlow reports whether the index of slow exchanges has all that take at least so long.
func isSlow(least *float64) bool { return least != nil && *least >= 100 }

// header adds the condition on one header, whose name is in its canonical form.
func (c *conditions) header(name, value string) {
	// The text of the document is looked at before it is taken apart.
	clause, args := "(instr(%[1]s, ?) AND EXISTS (SELECT 1 FROM json_each(%[1]s) WHERE key = ?))", []any{inJSON(name) + ":", name}
	marked := mark('n', name)
	if value != recording.AnyValue {
		clause = "(instr(%[1]s, ?) AND EXISTS (SELECT 1 FROM json_each(%[1]s) AS header, json_each(header.value) AS item WHERE header.key = ? AND item.value = ?))"
		args = []any{inJSON(value), name, value}
		marked = mark('v', name, value)
	}
	c.amongMarked([]string{marked}, "("+fmt.Sprintf(clause, "headers")+" OR "+fmt.Sprintf(clause, "response_headers")+")", slices.Concat(args, args))
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

func textsOf[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return texts
}

func orNil(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}
