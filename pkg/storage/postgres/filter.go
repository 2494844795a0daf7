package postgres

import (
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// conditions collects the WHERE clause of a statement, every value as a parameter.
type conditions struct {
	clauses []string
	args    []any
	// unindexed reports whether a text is looked for where there is no index for it.
	unindexed bool
}

// bind adds a parameter and returns its placeholder.
func (c *conditions) bind(value any) string {
	c.args = append(c.args, value)
	return fmt.Sprintf("$%d", len(c.args))
}

func (c *conditions) add(format string, placeholders ...any) {
	c.clauses = append(c.clauses, fmt.Sprintf(format, placeholders...))
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

// traits are what they say in SQL, and its opposite, each as the indexes that are of it have it.
var traits = map[recording.Trait]map[bool]string{
	recording.Injected: {true: "cardinality(fault_kinds) > 0", false: "cardinality(fault_kinds) = 0"},
	recording.Failed:   {true: "(failure <> '' OR response_status = 0)", false: "(failure = '' AND response_status <> 0)"},
}

// form adds one clause.
func (c *conditions) form(asked recording.Asked) error {
	switch form := asked.Form.(type) {
	case recording.OneOf:
		c.oneOf(form.Column.Name, form.Values)
	case recording.AnyOf:
		// What is implied is said where an index is of those recordings only.
		c.add("(cardinality(%[1]s) > 0 AND %[1]s && %[2]s)", listColumn(form.Column), c.bind(pq.Array(form.Values)))
	case recording.Period:
		c.between(form.Column.Name, orNil(form.From, time.Time.UTC), orNil(form.To, time.Time.UTC))
	case recording.Between:
		same := func(n float64) float64 { return n }
		c.between(form.Column.Name, orNil(form.Low, same), orNil(form.High, same))
	case recording.InRanges:
		c.ranges(form)
	case recording.Is:
		c.clauses = append(c.clauses, traits[form.Trait][form.Value])
	case recording.HasPart:
		var any []string
		for _, spelling := range form.Spellings {
			any = append(any, form.Column.Name+" ILIKE "+c.bind(containing(spelling)))
		}
		c.add("(%s)", strings.Join(any, " OR "))
	case recording.PathMatches:
		c.path(form.Pattern)
	case recording.HasHeader:
		c.header(form.Name, form.Value)
	case recording.HasText:
		c.text(form.Text, form.Spellings)
	case recording.Every:
		all := conditions{args: c.args, unindexed: c.unindexed}
		for _, one := range form.Forms {
			if err := all.form(recording.Asked{Name: asked.Name, Form: one}); err != nil {
				return err
			}
		}
		c.args, c.clauses = all.args, append(c.clauses, "("+strings.Join(all.clauses, " AND ")+")")
	case recording.None:
		out := conditions{args: c.args}
		if err := out.asked(form.Asked); err != nil {
			return err
		}
		// A condition on an absent value is null, which is not met.
		c.args, c.clauses = out.args, append(c.clauses, "("+strings.Join(out.clauses, " OR ")+") IS NOT TRUE")
	default:
		return asked.Refuse("PostgreSQL")
	}
	return nil
}

// listColumn returns where the values of a list are that are looked for.
func listColumn(column *recording.Column) string {
	if column.Kind == recording.KindFaults {
		return "fault_kinds"
	}
	return column.Name
}

// oneOf says one value by itself: an index gives the recordings of one value in their order, those of several in none.
func (c *conditions) oneOf(column string, values []string) {
	if len(values) == 1 {
		c.add("%s = %s", column, c.bind(values[0]))
		return
	}
	c.add("%s = ANY(%s)", column, c.bind(pq.Array(values)))
}

// between adds one clause for both bounds, either of which may be nil.
func (c *conditions) between(column string, low, high any) {
	switch {
	case low != nil && high != nil:
		c.add("(%[1]s >= %[2]s AND %[1]s <= %[3]s)", column, c.bind(low), c.bind(high))
	case low != nil:
		c.add("%s >= %s", column, c.bind(low))
	case high != nil:
		c.add("%s <= %s", column, c.bind(high))
	}
}

func orNil[T any](v *T, as func(T) T) any {
	if v == nil {
		return nil
	}
	return as(*v)
}

func (c *conditions) ranges(form recording.InRanges) {
	var any []string
	for _, r := range form.Ranges {
		if r.From == r.To { // in the order of the index
			any = append(any, form.Column.Name+" = "+c.bind(r.From))
			continue
		}
		any = append(any, fmt.Sprintf("%s BETWEEN %s AND %s", form.Column.Name, c.bind(r.From), c.bind(r.To)))
	}
	c.add("(%s)", strings.Join(any, " OR "))
}

// containing returns the LIKE pattern for text that has part in it.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}
