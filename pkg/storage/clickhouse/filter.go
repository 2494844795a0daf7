package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxParameters is how many bytes of values are given beside a statement: they are part of the address that is asked for, which
// servers and proxies have limits for. What is more stands in the statement.
const maxParameters = 8 << 10

// conditions collects the WHERE clause of a statement.
type conditions struct {
	// beside reports whether the server takes values beside the statement.
	beside     bool
	parameters map[string]string
	bytes      int
	// tagged are the recordings that people have tagged.
	tagged map[uuid.UUID][]string
}

// bind returns what stands for a text in the statement.
func (c *conditions) bind(text string) string {
	if c.bytes += len(text); !c.beside || c.bytes > maxParameters {
		return quoted(text)
	}
	if c.parameters == nil {
		c.parameters = map[string]string{}
	}
	name := "p" + strconv.Itoa(len(c.parameters))
	c.parameters[name] = text
	return "{" + name + ":String}"
}

func (c *conditions) bindAll(list []string) string {
	return strings.Join(each(list, func(text *string) string { return c.bind(*text) }), ", ")
}

// matching returns the condition of a valid filter, and what its statement needs besides.
func (s *Store) matching(ctx context.Context, f recording.Filter) (string, *conditions, error) {
	v, err := s.version(ctx)
	if err != nil {
		return "", nil, err
	}
	c := &conditions{beside: v.hasParameters()}
	if asksForTags(&f) {
		if c.tagged, err = s.tags.Tagged(ctx); err != nil {
			return "", nil, err
		}
	}
	clause, err := c.all(f.Asked())
	return clause, c, err
}

func asksForTags(f *recording.Filter) bool {
	return len(f.Tags) > 0 || f.Not != nil && asksForTags(f.Not)
}

// all is met by what meets everything that is asked for.
func (c *conditions) all(asked []recording.Asked) (string, error) {
	clauses := []string{"1"}
	for _, each := range asked {
		clause, known, err := c.form(each.Form)
		if err != nil {
			return "", err
		}
		if !known {
			return "", each.Refuse("ClickHouse")
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, " AND "), nil
}

// form returns the condition of one form, and whether there is one. recording.Form says the same in Go; the suite of filters holds both
// together.
func (c *conditions) form(form recording.Form) (clause string, known bool, err error) {
	switch f := form.(type) {
	case recording.OneOf:
		clause = f.Column.Name + " IN (" + c.bindAll(f.Values) + ")"
	case recording.AnyOf:
		return c.anyOf(f)
	case recording.Period:
		clause = c.period(f)
	case recording.Between:
		clause = between(f.Column.Name, f.Low, f.High)
	case recording.InRanges:
		var ranges []string
		for _, r := range f.Ranges {
			ranges = append(ranges, fmt.Sprintf("(%s >= %d AND %[1]s <= %[3]d)", f.Column.Name, r.From, r.To))
		}
		clause = anyOfClauses(ranges)
	case recording.Is:
		return is(f)
	case recording.HasPart:
		clause = c.hasPart(f.Column.Name, f.Spellings)
	case recording.PathMatches:
		if f.Pattern == nil {
			return "0", true, nil
		}
		clause = "match(if(path_symbols = '', path, path_symbols), " + c.bind("(?s)"+f.Pattern.Symbolic()) + ")"
	case recording.HasHeader:
		clause = anyOfClauses([]string{c.hasHeader("header", f), c.hasHeader("response_header", f)})
	case recording.HasText:
		clause = c.hasText(f)
	case recording.Every:
		clauses := []string{}
		for _, part := range f.Forms {
			clause, known, err := c.form(part)
			if !known || err != nil {
				return "", known, err
			}
			clauses = append(clauses, clause)
		}
		clause = "(" + strings.Join(clauses, " AND ") + ")"
	case recording.None:
		// Each part is a condition of its own, so that one that cannot be said is refused by its own name.
		clauses := []string{}
		for _, asked := range f.Asked {
			clause, err := c.all([]recording.Asked{asked})
			if err != nil {
				return "", true, err
			}
			clauses = append(clauses, clause)
		}
		clause = "NOT " + anyOfClauses(clauses)
	default:
		return "", false, nil
	}
	return clause, true, nil
}

func anyOfClauses(clauses []string) string {
	if len(clauses) == 0 {
		return "0"
	}
	return "((" + strings.Join(clauses, ") OR (") + "))"
}

// anyOf looks into lists. Tags that people gave are in place of those that a recording was stored with.
func (c *conditions) anyOf(f recording.AnyOf) (clause string, known bool, err error) {
	switch f.Column.Name {
	case "faults":
		return "hasAny(fault_set, [" + c.bindAll(f.Values) + "])", true, nil
	case "plugin_executed":
		return "hasAny(plugin_executed, [" + c.bindAll(f.Values) + "])", true, nil
	case "tags":
	default:
		return "", false, nil
	}
	clause = "hasAny(tags, [" + c.bindAll(f.Values) + "])"
	if len(c.tagged) == 0 {
		return clause, true, nil
	}
	var all, has []key
	for id, tags := range c.tagged {
		all = append(all, keyOf(id))
		if hasAny(tags, f.Values) {
			has = append(has, keyOf(id))
		}
	}
	clause = "(" + clause + " AND (id_high, id_low) NOT IN " + tuples(all, key.numbers) + ")"
	if len(has) > 0 {
		clause = "(" + clause + " OR (id_high, id_low) IN " + tuples(has, key.numbers) + ")"
	}
	return clause, true, nil
}

func hasAny(list, values []string) bool {
	for _, value := range values {
		for _, element := range list {
			if element == value {
				return true
			}
		}
	}
	return false
}

func (c *conditions) period(f recording.Period) string {
	clauses := []string{"1"}
	if f.From != nil {
		// The first time that is stored as at or after it.
		micro := f.From.UnixMicro()
		if f.From.Nanosecond()%1000 != 0 {
			micro++
		}
		clauses = append(clauses, fmt.Sprintf("time >= %d AND day >= %d", micro, dayOf(*f.From)))
	}
	if f.To != nil {
		clauses = append(clauses, fmt.Sprintf("time <= %d AND day <= %d", f.To.UnixMicro(), dayOf(*f.To)))
	}
	return "(" + strings.Join(clauses, " AND ") + ")"
}

func between(column string, low, high *float64) string {
	clauses := []string{"1"}
	if low != nil {
		clauses = append(clauses, column+" >= "+number(*low))
	}
	if high != nil {
		clauses = append(clauses, column+" <= "+number(*high))
	}
	return "(" + strings.Join(clauses, " AND ") + ")"
}

// number returns the literal of a finite number, which is read as the same.
func number(v float64) string {
	return "toFloat64('" + strconv.FormatFloat(recording.Finite(v), 'g', -1, 64) + "')"
}

func is(f recording.Is) (clause string, known bool, err error) {
	switch f.Trait {
	case recording.Injected:
		clause = "notEmpty(fault_set)"
	case recording.Failed:
		clause = "(failure != '' OR response_status = 0)"
	default:
		return "", false, nil
	}
	if !f.Value {
		clause = "NOT " + clause
	}
	return clause, true, nil
}

func (c *conditions) hasPart(column string, parts []string) string {
	var clauses []string
	for _, part := range parts {
		clauses = append(clauses, c.contains(column, part))
	}
	return anyOfClauses(clauses)
}

// contains is met by a text with part in it, in any case (recording.ContainsFold). Letters of ASCII that have no other capitals are
// compared without a case by the server. For others its rules are not those of Go: they are spelled out.
func (c *conditions) contains(expression, part string) string {
	if recording.FoldsAsASCII(part) {
		return "positionCaseInsensitive(" + expression + ", " + c.bind(part) + ") > 0"
	}
	return "match(" + expression + ", " + c.bind(anyCase(part)) + ")"
}

// anyCase returns a regular expression of RE2 for the texts that have part in them in any case.
func anyCase(part string) string {
	var b strings.Builder
	b.WriteString("(?s)")
	for _, r := range strings.ToLower(part) {
		if r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			fmt.Fprintf(&b, `\x{%x}`, r)
			continue
		}
		b.WriteByte('[')
		b.WriteRune(r)
		for _, upper := range capitals(r) {
			b.WriteRune(upper)
		}
		b.WriteByte(']')
	}
	return b.String()
}

// capitals returns the characters besides r that strings.ToLower makes r of.
func capitals(r rune) (all []rune) {
	add := func(other rune) {
		if other != r && unicode.ToLower(other) == r {
			all = append(all, other)
		}
	}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		add(other)
	}
	if upper := unicode.ToUpper(r); upper != r && len(all) == 0 {
		add(upper)
	}
	if r == 'i' {
		add('\u0130') // It folds to nothing, and has this as its small letter.
	}
	return all
}

func (c *conditions) hasHeader(prefix string, f recording.HasHeader) string {
	names, values, name := prefix+"_names", prefix+"_values", c.bind(f.Name)
	has := "has(" + names + ", " + name + ")"
	if f.Value == recording.AnyValue {
		return has
	}
	return has + " AND has(" + values + "[indexOf(" + names + ", " + name + ")], " + c.bind(f.Value) + ")"
}

func (c *conditions) hasText(f recording.HasText) string {
	clauses := []string{c.hasPart("path", f.Spellings)}
	for _, prefix := range []string{"header", "response_header"} {
		clauses = append(clauses,
			"arrayExists(x -> "+c.contains("x", f.Text)+", "+prefix+"_names)",
			"arrayExists(v -> arrayExists(x -> "+c.contains("x", f.Text)+", v), "+prefix+"_values)")
	}
	for _, body := range []string{"body", "response_body"} {
		clauses = append(clauses, body+"_text = 1 AND "+c.contains(body, f.Text))
	}
	return anyOfClauses(clauses)
}
