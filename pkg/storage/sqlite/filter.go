package sqlite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// conditions collects the WHERE clause of a statement, every value as a parameter.
type conditions struct {
	clauses []string
	args    []any
	// walking leaves the indexes for searching alone; searched reports whether one of them is needed.
	walking, searched bool
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
func (c *conditions) filter(f recording.Filter) {
	c.given(f)
	if f.Not == nil {
		return
	}
	out := conditions{walking: true}
	out.given(*f.Not)
	if len(out.clauses) > 0 {
		// A condition on an absent value is null, which is not met.
		c.add("("+strings.Join(out.clauses, " OR ")+") IS NOT TRUE", out.args...)
	}
}

// given adds the conditions of f, one clause each, without Not.
func (c *conditions) given(f recording.Filter) {
	c.between("timestamp", since(f.From), until(f.To))
	for _, list := range []struct {
		column string
		values []string
	}{
		{"protocol", textsOf(f.Protocols)},
		{"gateway", f.Gateways},
		{"method", f.Methods},
		{"route", f.Routes},
		{"scenario_mode", f.Modes},
		{"consumer", f.Consumers},
		{"rule", f.Rules},
	} {
		c.oneOf(implied(list.column, list.values), list.column, list.values)
	}
	// What is implied is said where an index is of those recordings only.
	c.anyOf("faults", "value ->> 'kind'", f.Faults)
	c.anyOf("tags", "value", f.Tags)
	if f.Path != "" {
		c.path(&f)
	}
	c.statuses(f.Statuses)
	duration := "response_time_ms"
	if isSlow(f.MinDurationMS) {
		duration = "response_time_ms >= 100 AND response_time_ms"
	}
	c.between(duration, orNil(f.MinDurationMS), orNil(f.MaxDurationMS))
	if f.Injected != nil {
		c.add(map[bool]string{true: "faults IS NOT NULL", false: "faults IS NULL"}[*f.Injected])
	}
	const failed = "(failure <> '' OR response_status = 0)"
	if f.Failures != nil {
		c.add(map[bool]string{true: failed, false: "NOT " + failed}[*f.Failures])
	}
	c.oneOf(failed+" AND ", "failed_by", textsOf(f.FailedBy))
	c.oneOf(failed+" AND ", "failure_kind", textsOf(f.FailureKinds))
	if f.TraceID != "" {
		c.add("trace_id = ?", strings.ToLower(f.TraceID))
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

// anyOf is met where an element of a list, which is null where it has none, has one of the values.
func (c *conditions) anyOf(list, element string, values []string) {
	if len(values) > 0 {
		c.add(fmt.Sprintf("(%[1]s IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(%[1]s) WHERE %[2]s IN (%[3]s)))", list, element, places(len(values))), anys(values)...)
	}
}

// statuses adds ranges of a valid filter.
func (c *conditions) statuses(statuses []string) {
	var clauses []string
	var args []any
	for _, text := range statuses {
		r, err := recording.ParseStatus(text)
		if err != nil {
			r = recording.StatusRange{From: 1, To: 0} // Validate refuses it; it matches nothing.
		}
		if r.From == r.To { // in the order of the index
			clauses, args = append(clauses, "response_status = ?"), append(args, r.From)
			continue
		}
		clauses, args = append(clauses, "response_status BETWEEN ? AND ?"), append(args, r.From, r.To)
	}
	if len(clauses) > 0 {
		c.add("("+strings.Join(clauses, " OR ")+")", args...)
	}
}

func (c *conditions) path(f *recording.Filter) {
	if pathpattern.HasWildcards(f.Path) {
		var marks []string
		if pattern, err := f.PathPattern(); err == nil {
			for _, literal := range pattern.Literals() {
				marks = append(marks, mark('s', literal))
			}
		}
		c.amongMarked(marks, "mockforge_path(?, path, target)", []any{f.Path})
		return
	}
	var any alternatives
	spellings := pathpattern.Spellings(f.Path)
	for _, spelling := range spellings {
		any.contains("path", spelling)
	}
	c.amongThoseWith(spellings, any.clause(), any.args)
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
func (c *conditions) text(text string) {
	spellings := pathpattern.Spellings(text)
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
