package postgres

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// escapeBlock is how many bytes are copied at a time, and again where one of them is to be escaped.
const escapeBlock = 512

// copyText builds rows in the text format of COPY (PostgreSQL documentation, COPY, File Formats). The driver could do it
// from a list of values, at more than twice the cost: each value then becomes an object of its own.
type copyText struct {
	rows []byte
	// json is where documents are made before they are escaped.
	json []byte
	// inRow reports whether the row has a column already.
	inRow bool
}

func (c *copyText) column() {
	if c.inRow {
		c.rows = append(c.rows, '\t')
	}
	c.inRow = true
}

func (c *copyText) endRow() {
	c.rows = append(c.rows, '\n')
	c.inRow = false
}

func (c *copyText) null() {
	c.column()
	c.rows = append(c.rows, '\\', 'N')
}

// text must be valid UTF-8 without NUL: see storable.
func (c *copyText) text(s string) {
	c.column()
	c.rows = appendEscaped(c.rows, s)
}

func (c *copyText) textOrNull(s string) {
	if s == "" {
		c.null()
		return
	}
	c.text(s)
}

// document is a column of JSON; nil is null.
func (c *copyText) document(json []byte) {
	if json == nil {
		c.null()
		return
	}
	c.content(json)
}

// content is text that is bytes already, valid as that of text.
func (c *copyText) content(text []byte) {
	c.column()
	c.rows = appendEscaped(c.rows, text)
}

func (c *copyText) bytes(b []byte) {
	c.column()
	// The backslash of the hex format of bytea is escaped once more for COPY.
	c.rows = append(c.rows, '\\', '\\', 'x')
	c.rows = hex.AppendEncode(c.rows, b)
}

func (c *copyText) integer(i int64) {
	c.column()
	c.rows = strconv.AppendInt(c.rows, i, 10)
}

func (c *copyText) integerOrNull(i *int) {
	if i == nil {
		c.null()
		return
	}
	c.integer(int64(*i))
}

// float must be finite: see finite.
func (c *copyText) float(f float64) {
	c.column()
	c.rows = strconv.AppendFloat(c.rows, f, 'g', -1, 64)
}

func (c *copyText) floatOrNull(f *float64) {
	if f == nil || finite(*f) != *f {
		c.null()
		return
	}
	c.float(*f)
}

func (c *copyText) boolean(b bool) {
	c.column()
	if b {
		c.rows = append(c.rows, 't')
	} else {
		c.rows = append(c.rows, 'f')
	}
}

func (c *copyText) uuid(id uuid.UUID) {
	c.column()
	var text [36]byte
	hex.Encode(text[:8], id[:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	c.rows = append(c.rows, text[:]...)
}

// time must be of UTC, in the years 1 to 9999.
func (c *copyText) time(at time.Time) {
	c.column()
	c.rows = at.AppendFormat(c.rows, "2006-01-02 15:04:05.999999+00")
}

// list is an array of text.
func (c *copyText) list(texts []string) {
	c.column()
	c.rows = append(c.rows, '{')
	for i, text := range texts {
		if i > 0 {
			c.rows = append(c.rows, ',')
		}
		c.rows = append(c.rows, '"')
		for j := range len(text) {
			if text[j] == '"' || text[j] == '\\' {
				// Escaped for the array, and the escape for COPY.
				c.rows = append(c.rows, '\\', '\\')
			}
			c.rows = appendEscapedByte(c.rows, text[j])
		}
		c.rows = append(c.rows, '"')
	}
	c.rows = append(c.rows, '}')
}

func appendEscaped[T string | []byte](to []byte, text T) []byte {
	for len(text) > escapeBlock {
		to = appendEscapedBlock(to, text[:escapeBlock])
		text = text[escapeBlock:]
	}
	return appendEscapedBlock(to, text)
}

// appendEscapedBlock copies what needs no escape, as most does not, and only looks for what would.
func appendEscapedBlock[T string | []byte](to []byte, text T) []byte {
	start := len(to)
	to = append(to, text...)
	if !hasEscaped(to[start:]) {
		return to
	}
	to = to[:start]
	from := 0
	for i := range len(text) {
		switch text[i] {
		case '\\', '\t', '\n', '\r':
			to = append(to, text[from:i]...)
			to = appendEscapedByte(to, text[i])
			from = i + 1
		}
	}
	return append(to, text[from:]...)
}

func hasEscaped(block []byte) bool {
	return bytes.IndexByte(block, '\\') >= 0 || bytes.IndexByte(block, '\n') >= 0 || bytes.IndexByte(block, '\t') >= 0 || bytes.IndexByte(block, '\r') >= 0
}

func appendEscapedByte(to []byte, c byte) []byte {
	switch c {
	case '\\':
		return append(to, '\\', '\\')
	case '\t':
		return append(to, '\\', 't')
	case '\n':
		return append(to, '\\', 'n')
	case '\r':
		return append(to, '\\', 'r')
	}
	return append(to, c)
}
