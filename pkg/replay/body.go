package replay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// maxChanges is how many differences of one kind are told.
	maxChanges = 500
	// maxLines is how many lines on each side, after those that agree, are compared one by one.
	maxLines = 2000
)

// BodyDiff is what differs between two bodies.
type BodyDiff struct {
	// Format is how the bodies were compared: json, text, binary, or empty where both are empty.
	Format string `json:"format"`
	Equal  bool   `json:"equal"`
	// Changes are the changes of JSON.
	Changes []Change `json:"changes,omitempty"`
	// Lines are the lines of text that differ, with up to three lines around them.
	Lines []Line `json:"lines,omitempty"`
	// Before and After describe the bodies as they came.
	Before BodySummary `json:"before"`
	After  BodySummary `json:"after"`
	// More reports whether there are more differences than are told.
	More bool `json:"more,omitempty"`
}

// BodySummary describes one body.
type BodySummary struct {
	// Size is in bytes on the wire.
	Size int64 `json:"size"`
	// SHA256 is of what was captured, in hexadecimal; absent where that is nothing.
	SHA256    string `json:"sha256,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
	Redacted  bool   `json:"redacted,omitempty"`
}

// Line is one line of a difference of text.
type Line struct {
	// Kind is added, removed, or empty for a line that both have; gap stands for lines that are left out.
	Kind string `json:"kind,omitempty"`
	// Before and After are line numbers from 1; 0 where the line is not there.
	Before int    `json:"before,omitempty"`
	After  int    `json:"after,omitempty"`
	Text   string `json:"text"`
}

// answer is a body with the header that says what it is.
type answer struct {
	body   recording.Body
	header http.Header
}

func (a answer) summary() BodySummary {
	s := BodySummary{Size: a.body.Size, Truncated: a.body.Truncated, Redacted: a.body.Redacted}
	if len(a.body.Content) > 0 {
		sum := sha256.Sum256(a.body.Content)
		s.SHA256 = hex.EncodeToString(sum[:])
	}
	return s
}

// plain reports whether the content is not in a content encoding (any more).
func (a answer) plain() bool {
	switch strings.ToLower(strings.TrimSpace(a.header.Get("Content-Encoding"))) {
	case "", "identity":
		return true
	}
	return a.body.Decoded
}

func compareBodies(before, after answer, ignored []*fieldpath.Path) (BodyDiff, []string) {
	d := BodyDiff{Before: before.summary(), After: after.summary()}
	var notes []string
	if before.body.Redacted || after.body.Redacted {
		notes = append(notes, "Redacted parts of the bodies are not compared.")
	}
	truncated := before.body.Truncated || after.body.Truncated
	if !truncated && len(before.body.Content) == 0 && len(after.body.Content) == 0 && before.body.Size == after.body.Size {
		d.Equal = true
		return d, notes
	}
	was, is := before.body.Content, after.body.Content
	plain := before.plain() && after.plain()
	longer := false
	if truncated {
		// Only what both sides have can be compared; of a text a last line that is cut off is left out.
		n := min(len(was), len(is))
		if before.body.Truncated != after.body.Truncated && !before.body.Redacted && !after.body.Redacted {
			complete, cut := len(was), len(is)
			if before.body.Truncated {
				complete, cut = cut, complete
			}
			if longer = cut > complete; longer {
				notes = append(notes, "The body that was cut off is longer than the other.")
			}
		}
		was, is = was[:n], is[:n]
		notes = append(notes, "A body was not captured whole; only what both have is compared.")
	}
	if plain && !truncated {
		a, okBefore := parseJSON(was)
		b, okAfter := parseJSON(is)
		if okBefore && okAfter {
			d.Format = "json"
			var c comparison
			c.compare(nil, ignoringAt(ignored, a, b), a, b)
			d.Changes, d.More, d.Equal = c.changes, c.more, len(c.changes) == 0
			return d, notes
		}
	}
	if plain && readable(was) && readable(is) {
		d.Format = "text"
		d.Lines, d.More = compareLines(string(was), string(is))
		d.Equal = len(d.Lines) == 0 && !d.More && !longer
		if d.More {
			notes = append(notes, "The texts are too long to tell all lines that differ.")
		}
		return d, notes
	}
	d.Format = "binary"
	d.Equal = bytes.Equal(was, is) && !longer && (truncated || before.body.Size == after.body.Size)
	return d, notes
}

// readable reports whether content is text; a character that was cut off at its end is let pass.
func readable(content []byte) bool {
	for range utf8.UTFMax {
		if utf8.Valid(content) {
			return !bytes.ContainsRune(content, 0)
		}
		content = content[:len(content)-1]
	}
	return false
}

// parseJSON reads one whole JSON object or array; other JSON values are better compared as text.
func parseJSON(content []byte) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, false
	}
	switch value.(type) {
	case map[string]any, []any:
		return value, true
	}
	return nil, false
}

// compareLines returns the lines that differ with those around them. Lines with a masked part on either side are equal where
// the rest of them is.
func compareLines(before, after string) ([]Line, bool) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	start := 0
	for start < len(a) && start < len(b) && sameLine(a[start], b[start]) {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && sameLine(a[endA-1], b[endB-1]) {
		endA, endB = endA-1, endB-1
	}
	if start == endA && start == endB {
		return nil, false
	}
	more := false
	if endA-start > maxLines {
		endA, more = start+maxLines, true
	}
	if endB-start > maxLines {
		endB, more = start+maxLines, true
	}
	const around = 3
	from := max(0, start-around)
	a, b = a[from:min(len(a), endA+around)], b[from:min(len(b), endB+around)]
	var lines []Line
	differ := more
	for n, group := range difflib.NewMatcher(a, b).GetGroupedOpCodes(around) {
		if n > 0 {
			lines = append(lines, Line{Kind: "gap"})
		}
		for _, op := range group {
			if op.Tag == 'e' || op.Tag == 'r' && slices.EqualFunc(a[op.I1:op.I2], b[op.J1:op.J2], sameLine) {
				for i := range op.I2 - op.I1 {
					lines = append(lines, Line{Before: from + op.I1 + i + 1, After: from + op.J1 + i + 1, Text: clipLine(a[op.I1+i])})
				}
				continue
			}
			differ = true
			for i := op.I1; i < op.I2; i++ {
				lines = append(lines, Line{Kind: string(Removed), Before: from + i + 1, Text: clipLine(a[i])})
			}
			for j := op.J1; j < op.J2; j++ {
				lines = append(lines, Line{Kind: string(Added), After: from + j + 1, Text: clipLine(b[j])})
			}
		}
	}
	if !differ {
		return nil, false
	}
	if len(lines) > 2*maxChanges {
		lines, more = lines[:2*maxChanges], true
	}
	return lines, more
}

// sameLine reports whether two lines agree outside of masks.
func sameLine(a, b string) bool {
	return a == b || fits(a, b) || fits(b, a)
}

// fits reports whether s is the line with masks for parts of it.
func fits(line, s string) bool {
	head, rest, found := strings.Cut(line, recording.Mask)
	if !found || !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	for {
		part, after, again := strings.Cut(rest, recording.Mask)
		if !again {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], after
	}
}

func clipLine(s string) string {
	if len(s) > maxValue {
		return strings.ToValidUTF8(s[:maxValue], "") + "…"
	}
	return s
}
