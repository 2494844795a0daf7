package postgres

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// copyText builds rows in the text format of COPY (PostgreSQL documentation, COPY, File Formats). The driver could do it
// from a list of values, at many times the cost: each value then becomes an object of its own. Columns are appended where
// they are sent from, and looked at there: most text needs no escape.
type copyText struct {
	// rows are whole but for the last; a tab is behind each column of that.
	rows []byte
	// minute is what minuteText says, in seconds of Unix time: recordings of a batch are of the same.
	minute     int64
	minuteText []byte
}

// endRow must come after a column.
func (c *copyText) endRow() { c.rows[len(c.rows)-1] = '\n' }

func (c *copyText) null() { c.rows = append(c.rows, "\\N\t"...) }

// text is made storable.
func (c *copyText) text(s string) { c.indexed(s, math.MaxInt) }

// indexed is text that is made indexable.
func (c *copyText) indexed(s string, most int) {
	start := len(c.rows)
	if len(s) <= most {
		if c.rows = append(c.rows, s...); isPlain(c.rows[start:]) {
			c.rows = append(c.rows, '\t')
			return
		}
	}
	c.rows = append(appendEscaped(c.rows[:start], indexable(s, most)), '\t')
}

func (c *copyText) textOrNull(s string) {
	if s == "" {
		c.null()
		return
	}
	c.text(s)
}

// bodies are two columns: text where the content is text, bytes where it is not, neither where there is none.
func (c *copyText) bodies(b *recording.Body) {
	const null = "\\N\t"
	if len(b.Content) == 0 {
		c.rows = append(c.rows, null+null...)
		return
	}
	start := len(c.rows)
	if c.rows = append(c.rows, b.Content...); isPlain(c.rows[start:]) {
		c.rows = append(c.rows, "\t"+null...)
		return
	}
	c.rows = c.rows[:start]
	if content, isText := b.TextContent(); isText {
		c.rows = append(appendEscaped(c.rows, content), "\t"+null...)
		return
	}
	// The backslash of the hex format of bytea is escaped once more for COPY.
	c.rows = append(c.rows, null+`\\x`...)
	c.rows = append(hex.AppendEncode(c.rows, b.Content), '\t')
}

func (c *copyText) integer(i int64) {
	c.rows = append(strconv.AppendInt(c.rows, i, 10), '\t')
}

func (c *copyText) integerOrNull(i *int) {
	if i == nil {
		c.null()
		return
	}
	c.integer(int64(*i))
}

// float is 0 for what JSON has no word for: see recording.Finite.
func (c *copyText) float(f float64) {
	// Durations are whole nanoseconds in milliseconds: a decimal that is as near to f as f to it is read as f.
	if scaled := f * 1e6; scaled >= 0 && scaled < 1<<53 {
		if n := uint64(scaled + 0.5); float64(n)/1e6 == f {
			c.rows = append(appendMillionths(c.rows, n), '\t')
			return
		}
	}
	c.rows = append(strconv.AppendFloat(c.rows, recording.Finite(f), 'g', -1, 64), '\t')
}

func (c *copyText) floatOrNull(f *float64) {
	if f == nil || recording.Finite(*f) != *f {
		c.null()
		return
	}
	c.float(*f)
}

func (c *copyText) boolean(b bool) {
	if b {
		c.rows = append(c.rows, 't', '\t')
	} else {
		c.rows = append(c.rows, 'f', '\t')
	}
}

func (c *copyText) uuid(id uuid.UUID) {
	const digits = "0123456789abcdef"
	var text [37]byte
	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		text[at], text[at+1] = digits[b>>4], digits[b&15]
		at += 2
	}
	text[at] = '\t'
	c.rows = append(c.rows, text[:]...)
}

// time must be of UTC, in the years 1 to 9999.
func (c *copyText) time(at time.Time) {
	into := int64(at.Second())*int64(time.Second) + int64(at.Nanosecond())
	if minute := at.Unix() - int64(at.Second()); minute != c.minute || c.minuteText == nil {
		c.minute, c.minuteText = minute, at.AppendFormat(c.minuteText[:0], "2006-01-02 15:04:")
	}
	c.rows = append(c.rows, c.minuteText...)
	if into < 10*int64(time.Second) {
		c.rows = append(c.rows, '0')
	}
	c.rows = appendMillionths(c.rows, uint64(into/int64(time.Microsecond)))
	c.rows = append(c.rows, "+00\t"...)
}

// list is an array of text, which is made storable.
func (c *copyText) list(texts []string) {
	if len(texts) == 0 {
		c.rows = append(c.rows, "{}\t"...)
		return
	}
	c.rows = append(c.rows, '{')
	for i, text := range texts {
		if i > 0 {
			c.rows = append(c.rows, ',')
		}
		c.rows = append(c.rows, '"')
		start := len(c.rows)
		if c.rows = append(c.rows, text...); !isPlainQuoted(c.rows[start:]) {
			c.rows = c.rows[:start]
			text = storable(text)
			for j := range len(text) {
				if text[j] == '"' || text[j] == '\\' {
					// Escaped for the array, and the escape for COPY.
					c.rows = append(c.rows, '\\', '\\')
				}
				c.rows = appendEscapedByte(c.rows, text[j])
			}
		}
		c.rows = append(c.rows, '"')
	}
	c.rows = append(c.rows, '}', '\t')
}

// values is a column of JSON; without any it is null.
func (c *copyText) values(values recording.Values) {
	if len(values) == 0 {
		c.null()
		return
	}
	start := len(c.rows)
	if !c.object(values) {
		// Names that become the same by becoming text are one.
		c.rows = c.rows[:start]
		c.object(values.AsText())
	}
	c.rows = append(c.rows, '\t')
}

// object appends values in any order, since jsonb keeps one of its own, and reports whether all were text.
func (c *copyText) object(values recording.Values) bool {
	c.rows = append(c.rows, '{')
	first := true
	for name, list := range values {
		if !first {
			c.rows = append(c.rows, ',')
		}
		first = false
		if !c.jsonText(name) {
			return false
		}
		if list == nil {
			c.rows = append(c.rows, ":null"...)
			continue
		}
		c.rows = append(c.rows, ':', '[')
		for i, value := range list {
			if i > 0 {
				c.rows = append(c.rows, ',')
			}
			if !c.jsonText(value) {
				return false
			}
		}
		c.rows = append(c.rows, ']')
	}
	c.rows = append(c.rows, '}')
	return true
}

// jsonText appends a string of JSON as COPY takes it, and reports whether s was text.
func (c *copyText) jsonText(s string) bool {
	c.rows = append(c.rows, '"')
	start := len(c.rows)
	if c.rows = append(c.rows, s...); !isPlainQuoted(c.rows[start:]) {
		if storable(s) != s {
			return false
		}
		c.rows = appendEscapedJSON(c.rows[:start], s)
	}
	c.rows = append(c.rows, '"')
	return true
}

// faults are two columns: a document of all, null without any, and the list of their kinds.
func (c *copyText) faults(faults []recording.Fault) {
	if len(faults) == 0 {
		c.null()
		c.list(nil)
		return
	}
	c.rows = append(c.rows, '[')
	for i, f := range faults {
		if i > 0 {
			c.rows = append(c.rows, ',')
		}
		c.rows = append(c.rows, `{"kind":`...)
		c.jsonText(storable(f.Kind))
		if f.Detail != "" {
			c.rows = append(c.rows, `,"detail":`...)
			c.jsonText(storable(f.Detail))
		}
		c.rows = append(c.rows, '}')
	}
	c.rows = append(c.rows, ']', '\t')
	kinds := make([]string, len(faults))
	for i, f := range faults {
		kinds[i] = f.Kind
	}
	c.list(kinds)
}

// appendMillionths appends n / 1,000,000 in decimal.
func appendMillionths(to []byte, n uint64) []byte {
	to = strconv.AppendUint(to, n/1_000_000, 10)
	fraction := n % 1_000_000
	if fraction == 0 {
		return to
	}
	const digits = "0123456789"
	text := [...]byte{
		'.', digits[fraction/100_000], digits[fraction/10_000%10], digits[fraction/1000%10], digits[fraction/100%10], digits[fraction/10%10], digits[fraction%10],
	}
	return append(to, text[:]...)
}

// escapes are what stands behind the backslash for a byte; 0 where it stands for itself.
var escapes = [256]byte{'\\': '\\', '\t': 't', '\n': 'n', '\r': 'r'}

// appendEscaped appends text that is storable as COPY takes it.
func appendEscaped[T string | []byte](to []byte, text T) []byte {
	for from, at := 0, 0; ; {
		if at+8 <= len(text) && !mayEscape(eight(text[at:at+8])) {
			at += 8
			continue
		}
		to = append(to, text[from:at]...)
		var few [16]byte
		n := 0
		for end := min(at+8, len(text)); at < end; at++ {
			c := text[at]
			if escape := escapes[c]; escape != 0 {
				few[n&15] = '\\'
				c = escape
				n++
			}
			few[n&15] = c
			n++
		}
		to = append(to, few[:n]...)
		if from = at; at == len(text) {
			return to
		}
	}
}

func appendEscapedByte(to []byte, c byte) []byte {
	if escape := escapes[c]; escape != 0 {
		return append(to, '\\', escape)
	}
	return append(to, c)
}

// appendEscapedJSON appends text as it stands in a string of JSON (RFC 8259 section 7), whose backslashes are escaped for COPY.
func appendEscapedJSON(to []byte, text string) []byte {
	const digits = "0123456789abcdef"
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			to = append(to, `\\"`...)
		case c == '\\':
			to = append(to, `\\\\`...)
		case c < ' ':
			to = append(to, '\\', '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			to = append(to, c)
		}
	}
	return to
}
