package postgres

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
func (c *conditions) filter(f recording.Filter) {
	c.given(f)
	if f.Not == nil {
		return
	}
	out := conditions{args: c.args}
	out.given(*f.Not)
	c.args = out.args
	if len(out.clauses) > 0 {
		// A condition on an absent value is null, which is not met.
		c.clauses = append(c.clauses, "("+strings.Join(out.clauses, " OR ")+") IS NOT TRUE")
	}
}

// given adds the conditions of f, one clause each, without Not.
func (c *conditions) given(f recording.Filter) {
	var from, to any
	if f.From != nil {
		from = f.From.UTC()
	}
	if f.To != nil {
		to = f.To.UTC()
	}
	c.between("timestamp", from, to)
	for _, list := range []struct {
		column string
		values []string
	}{
		{"protocol", textsOf(f.Protocols)}, {"gateway", f.Gateways}, {"method", f.Methods}, {"route", f.Routes}, {"scenario_mode", f.Modes}, {"consumer", f.Consumers}, {"rule", f.Rules},
	} {
		switch len(list.values) {
		case 0:
		case 1: // An index gives the recordings of one value in their order, those of several in none.
			c.add("%s = %s", list.column, c.bind(list.values[0]))
		default:
			c.add("%s = ANY(%s)", list.column, c.bind(pq.Array(list.values)))
		}
	}
	// What is implied is said where an index is of those recordings only.
	if len(f.Faults) > 0 {
		c.add("(cardinality(fault_kinds) > 0 AND fault_kinds && %s)", c.bind(pq.Array(f.Faults)))
	}
	if len(f.Tags) > 0 {
		c.add("(cardinality(tags) > 0 AND tags && %s)", c.bind(pq.Array(f.Tags)))
	}
	if f.Path != "" {
		c.path(&f)
	}
	c.statuses(f.Statuses)
	c.between("response_time_ms", orNil(f.MinDurationMS), orNil(f.MaxDurationMS))
	if f.Injected != nil {
		if *f.Injected {
			c.add("cardinality(fault_kinds) > 0")
		} else {
			c.add("cardinality(fault_kinds) = 0")
		}
	}
	if f.Failures != nil {
		if *f.Failures {
			c.add("(failure <> '' OR response_status = 0)")
		} else {
			c.add("(failure = '' AND response_status <> 0)")
		}
	}
	// What is implied is said, since the index is of what failed only.
	if len(f.FailedBy) > 0 {
		c.add("((failure <> '' OR response_status = 0) AND failed_by = ANY(%s))", c.bind(pq.Array(textsOf(f.FailedBy))))
	}
	if len(f.FailureKinds) > 0 {
		c.add("((failure <> '' OR response_status = 0) AND failure_kind = ANY(%s))", c.bind(pq.Array(textsOf(f.FailureKinds))))
	}
	if f.TraceID != "" {
		c.add("trace_id = %s", c.bind(strings.ToLower(f.TraceID)))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Headers)) {
		c.header(recording.HeaderName(name), f.Headers[name])
	}
	if f.Text != "" {
		c.text(f.Text)
	}
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

func (c *conditions) statuses(statuses []string) {
	var any []string
	for _, text := range statuses {
		// The filter was validated: what cannot be read matches nothing.
		r, err := recording.ParseStatus(text)
		if err != nil {
			r = recording.StatusRange{From: 1, To: 0}
		}
		if r.From == r.To { // in the order of the index
			any = append(any, "response_status = "+c.bind(r.From))
			continue
		}
		any = append(any, fmt.Sprintf("response_status BETWEEN %s AND %s", c.bind(r.From), c.bind(r.To)))
	}
	if len(any) > 0 {
		c.add("(%s)", strings.Join(any, " OR "))
	}
}

// containing returns the LIKE pattern for text that has part in it.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}
