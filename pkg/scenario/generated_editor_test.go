package scenario_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestGeneratedTableOfTheEditor(t *testing.T) {
	var w typescript
	w.line("// Generated from the kinds of faults: go test ./pkg/scenario -run Generated -generate")
	w.line("")
	w.line("import type { Distribution, PatchOperation, Place, Scope, When } from './fault';")
	w.line("import type { FaultKindLook } from './faultParameters';")
	w.line("")
	for _, limit := range []struct {
		doc, name string
		value     int
	}{
		{"The most that a latency or a timeout may be, in milliseconds.", "MAX_DELAY_MS", scenario.MaxDelayMS},
		{"The most that what repeats or grows over time may take, in milliseconds.", "MAX_WINDOW_MS", scenario.MaxWindowMS},
		{"How many faults a behavior may have.", "MAX_FAULTS", scenario.MaxFaults},
	} {
		w.line("/** %s */", limit.doc)
		w.line("export const %s = %s;", limit.name, thousands(limit.value))
		w.line("")
	}
	w.line("/** One kind of harm. Recordings, metrics and the X-MockForge-Fault header use the same names. */")
	w.line("export type FaultKind =")
	for i, kind := range inGroups() {
		w.line("  | %s%s", quoted(string(kind.Name)), map[bool]string{true: ";"}[i == len(inGroups())-1])
	}
	w.line("")
	w.line("/** A kind with its parameters. Absent parameters have the defaults of pkg/scenario. */")
	w.line("export interface Fault {")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[scenario.Fault]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		w.line("  %s%s: %s;", name, map[bool]string{true: "?"}[name != "kind"], typeName(field.Type))
	}
	w.line("}")
	w.line("")
	w.line("/** Kinds that belong together, in the order in which they are offered. */")
	w.line("export const FAULT_GROUPS = {")
	for _, group := range scenario.Groups() {
		w.line("  %s: %s,", group, quoted(group.Label()))
	}
	w.line("} as const;")
	w.line("")
	w.line("export type FaultGroup = keyof typeof FAULT_GROUPS;")
	w.line("")
	w.line("/** Every kind, in the order in which they are offered. */")
	w.line("export const faultKinds: Record<FaultKind, FaultKindLook> = {")
	for _, kind := range inGroups() {
		w.kind(kind)
	}
	w.line("};")
	generated(t, "src/types/faultKinds.gen.ts", "", "", w.String())
}

// typescript is written as Prettier would.
type typescript struct{ strings.Builder }

func (w *typescript) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func (w *typescript) kind(kind *scenario.Kind) {
	w.line("  %s: {", kind.Name)
	w.line("    label: %s,", quoted(kind.Label))
	w.line("    description: %s,", quoted(kind.Description))
	w.line("    group: %s,", quoted(string(kind.Group)))
	w.line("    level: %s,", quoted(string(kind.Level)))
	if kind.Effect != "" {
		w.line("    effect: %s,", quoted(string(kind.Effect)))
	}
	if initial := literal(kind.Initial); initial != "{ kind: '' }" {
		w.line("    initial: %s,", strings.Replace(initial, "kind: '', ", "", 1))
	}
	if len(kind.Fields) == 0 {
		w.line("    parameters: [],")
	} else {
		w.line("    parameters: [")
		for _, field := range kind.Fields {
			w.field(field)
		}
		w.line("    ],")
	}
	w.line("  },")
}

func (w *typescript) field(f scenario.Field) {
	w.line("      {")
	text := func(name, value string) {
		if value != "" {
			w.line("        %s: %s,", name, quoted(value))
		}
	}
	w.line("        name: %s,", quoted(f.Name))
	w.line("        label: %s,", quoted(f.Label))
	text("help", f.Help)
	w.line("        control: %s,", quoted(string(f.Control)))
	text("unit", f.Unit)
	if f.Scale != 0 {
		w.line("        scale: %d,", f.Scale)
	}
	if f.Control == scenario.ControlNumber {
		least := f.Min
		if f.Least != nil {
			least = f.Least
		}
		w.line("        min: %s,", numeral(*least))
		w.line("        max: %s,", numeral(*f.Max))
	}
	if f.Whole {
		w.line("        whole: true,")
	}
	if f.Required {
		w.line("        required: true,")
	}
	if f.Initial != nil {
		w.line("        initial: %s,", literal(f.Initial))
	}
	switch {
	case f.Default != nil:
		w.line("        fallback: %s,", literal(f.Default))
	case f.Otherwise != "":
		text("fallback", f.Otherwise)
	default:
		text("fallback", f.Example)
	}
	if len(f.Choices) > 0 {
		w.line("        choices: [")
		for _, c := range f.Choices {
			w.choice(c)
		}
		w.line("        ],")
	}
	if f.More {
		w.line("        more: true,")
	}
	if f.Unless != nil {
		w.line("        unless: %s,", quoted(f.Unless.Name))
	}
	if f.With != nil {
		w.line("        with: %s,", quoted(f.With.Name))
	}
	if f.Without != nil {
		w.line("        without: %s,", quoted(f.Without.Name))
	}
	if len(f.Distributions) > 0 {
		w.line("        distributions: %s,", literal(f.Distributions))
	}
	w.line("      },")
}

// choice is on one line where it has room there.
func (w *typescript) choice(c scenario.Choice) {
	members := []string{"value: " + quoted(c.Value), "label: " + quoted(c.Label)}
	if c.Description != "" {
		members = append(members, "description: "+quoted(c.Description))
	}
	line := "          { " + strings.Join(members, ", ") + " },"
	if utf8.RuneCountInString(line) > 120 {
		line = "          {\n            " + strings.Join(members, ",\n            ") + ",\n          },"
	}
	w.line("%s", line)
}

// literal returns a value as TypeScript has it, by its JSON.
func literal(v any) string {
	switch v := v.(type) {
	case int:
		return thousands(v)
	case float64:
		return numeral(v)
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	return pretty(decoder)
}

func pretty(d *json.Decoder) string {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	var parts []string
	switch token := token.(type) {
	case json.Delim:
		for d.More() {
			part := pretty(d)
			if token == '{' {
				part = strings.Trim(part, "'") + ": " + pretty(d)
			}
			parts = append(parts, part)
		}
		if _, err := d.Token(); err != nil {
			panic(err)
		}
		if token == '{' {
			return "{ " + strings.Join(parts, ", ") + " }"
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return quoted(token)
	}
	return fmt.Sprint(token)
}

func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(string(data), `"`), `"`)
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, `\"`, `"`), "'", `\'`) + "'"
}

func numeral(v float64) string {
	if v == float64(int(v)) {
		return thousands(int(v))
	}
	return fmt.Sprint(v)
}

// thousands separates thousands where there are enough of them.
func thousands(n int) string {
	if n < 10_000 {
		return fmt.Sprint(n)
	}
	text := ""
	for ; n >= 1000; n /= 1000 {
		text = fmt.Sprintf("_%03d", n%1000) + text
	}
	return fmt.Sprint(n) + text
}

// typeName returns the type of a field in TypeScript; the named ones are declared in fault.ts, but for that of kinds.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return typeName(t.Elem()) + "[]"
	case reflect.Map:
		return "Record<string, " + typeName(t.Elem()) + ">"
	case reflect.Interface:
		return "unknown"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "number"
	case reflect.String:
		if t.PkgPath() == "" {
			return "string"
		}
	}
	return t.Name()
}
