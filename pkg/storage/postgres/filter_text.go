package postgres

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// header adds the condition on one header, whose name is in its canonical form. The text of the headers has what is asked
// for, too: that is what the index of days that are over is of.
func (c *conditions) header(name, value string) {
	if value == recording.AnyValue {
		p, text := c.bind(name), c.bind(containing(inJSON(name)))
		c.add("((headers ? %[1]s AND headers::text ILIKE %[2]s) OR (response_headers ? %[1]s AND response_headers::text ILIKE %[2]s))", p, text)
		return
	}
	// Strings always become JSON.
	document, _ := json.Marshal(map[string][]string{name: {value}})
	p, text := c.bind(string(document)), c.bind(containing(inJSON(ending(value))))
	c.add("((headers @> %[1]s AND headers::text ILIKE %[2]s) OR (response_headers @> %[1]s AND response_headers::text ILIKE %[2]s))", p, text)
}

// endingLength is enough of a value to find few recordings by it: an index of trigrams reads what has each of them, so that
// all of an identifier of 32 digits costs three times as much. Values that have something in common mostly begin with it.
const endingLength = 12

// ending returns the end of a value.
func ending(value string) string {
	runes := []rune(value)
	return string(runes[max(0, len(runes)-endingLength):])
}

// text adds the condition on what is in path, headers or bodies. The text of headers as JSON has their names and values in
// it, and punctuation that is neither: it tells quickly which recordings are worth a look.
func (c *conditions) text(text string, spellings []string) {
	p, inHeaders := c.bind(containing(text)), c.bind(containing(inJSON(text)))
	collation := ""
	if c.unindexed && recording.FoldsAsASCII(text) {
		collation = ` COLLATE "C"`
	}
	header := func(column string) string {
		return fmt.Sprintf(`(%[1]s::text%[4]s ILIKE %[3]s AND EXISTS (SELECT FROM jsonb_each(%[1]s) AS header
			LEFT JOIN LATERAL jsonb_array_elements_text(header.value) AS item (value) ON true WHERE header.key ILIKE %[2]s OR item.value ILIKE %[2]s))`, column, p, inHeaders, collation)
	}
	inPath := "path" + collation + " ILIKE " + p
	for _, spelling := range spellings[1:] { // The first is text itself.
		inPath += " OR path ILIKE " + c.bind(containing(spelling))
	}
	c.add("(%[5]s OR body%[4]s ILIKE %[1]s OR response_body%[4]s ILIKE %[1]s OR %[2]s OR %[3]s)", p, header("headers"), header("response_headers"), collation, inPath)
}

// inJSON returns text as PostgreSQL writes it within a string of jsonb.
func inJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
