package clickhouse

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// quoted returns text as a string literal. It is the one place in which text becomes part of a statement.
//
// Quotes and backslashes are escaped, and so is all that is no printable ASCII, byte by byte, so that what the server reads does not
// depend on an encoding.
func quoted(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte('\'')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			b.WriteString(`\x`)
			b.WriteString(hex.EncodeToString([]byte{c}))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// name returns an identifier in backquotes.
func name(identifier string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(identifier) + "`"
}

// parameter returns text as servers read the value of a parameter of a statement: as a field of tab separated values.
func parameter(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`, "\b", `\b`, "\f", `\f`).Replace(text)
}

// numbers returns a list of numbers for IN, which is never empty: 0 is the number of no batch.
func numbers(list []uint64) string {
	if len(list) == 0 {
		return "(0)"
	}
	var b strings.Builder
	for i, n := range list {
		b.WriteByte("(,"[min(i, 1)])
		b.WriteString(strconv.FormatUint(n, 10))
	}
	b.WriteByte(')')
	return b.String()
}

// tuples returns a list of tuples for IN, which must not be empty.
func tuples[T any](list []T, members func(T) []uint64) string {
	var b strings.Builder
	write := func(each T) {
		b.WriteString(numbers(members(each)))
	}
	b.WriteByte('(')
	for i, each := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		write(each)
	}
	if len(list) == 1 { // A list of one tuple would be read as that tuple.
		b.WriteByte(',')
		write(list[0])
	}
	b.WriteByte(')')
	return b.String()
}
