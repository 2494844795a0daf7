package postgres

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// conditions collects the WHERE clause of a statement, every value as a parameter.
type conditions struct {
	clauses []string
	args    []any
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
	if f.From != nil {
		c.add("timestamp >= %s", c.bind(f.From.UTC()))
	}
	if f.To != nil {
		c.add("timestamp <= %s", c.bind(f.To.UTC()))
	}
	protocols := make([]string, len(f.Protocols))
	for i, p := range f.Protocols {
		protocols[i] = string(p)
	}
	for _, list := range []struct {
		column string
		values []string
	}{
		{"protocol", protocols}, {"gateway", f.Gateways}, {"method", f.Methods}, {"route", f.Routes}, {"scenario_mode", f.Modes}, {"consumer", f.Consumers},
	} {
		if len(list.values) > 0 {
			c.add("%s = ANY(%s)", list.column, c.bind(pq.Array(list.values)))
		}
	}
	if len(f.Faults) > 0 {
		c.add("fault_kinds && %s", c.bind(pq.Array(f.Faults)))
	}
	if len(f.Tags) > 0 {
		c.add("tags && %s", c.bind(pq.Array(f.Tags)))
	}
	if pattern := f.PathRegexp(); pattern != "" {
		c.add("path ~ %s", c.bind(pattern))
	} else if f.Path != "" {
		c.add("path ILIKE %s", c.bind(containing(f.Path)))
	}
	c.statuses(f.Statuses)
	if f.MinDurationMS != nil {
		c.add("response_time_ms >= %s", c.bind(*f.MinDurationMS))
	}
	if f.MaxDurationMS != nil {
		c.add("response_time_ms <= %s", c.bind(*f.MaxDurationMS))
	}
	if f.Injected != nil {
		if *f.Injected {
			c.add("cardinality(fault_kinds) > 0")
		} else {
			c.add("cardinality(fault_kinds) = 0")
		}
	}
	if f.TraceID != "" {
		c.add("trace_id = %s", c.bind(strings.ToLower(f.TraceID)))
	}
	if f.Text != "" {
		p := c.bind(containing(f.Text))
		inHeaders := func(column string) string {
			return fmt.Sprintf(`EXISTS (SELECT FROM jsonb_each(%s) AS header LEFT JOIN LATERAL jsonb_array_elements_text(header.value) AS item (value) ON true
				WHERE header.key ILIKE %s OR item.value ILIKE %s)`, column, p, p)
		}
		c.add("(path ILIKE %s OR body ILIKE %s OR response_body ILIKE %s OR %s OR %s)", p, p, p, inHeaders("headers"), inHeaders("response_headers"))
	}
}

func (c *conditions) statuses(statuses []string) {
	var any []string
	for _, text := range statuses {
		// The filter was validated: what cannot be read matches nothing.
		r, err := recording.ParseStatus(text)
		if err != nil {
			r = recording.StatusRange{From: 1, To: 0}
		}
		any = append(any, fmt.Sprintf("response_status BETWEEN %s AND %s", c.bind(r.From), c.bind(r.To)))
	}
	if len(any) > 0 {
		c.add("(%s)", strings.Join(any, " OR "))
	}
}

// containing is the LIKE pattern for text that has part in it.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}
