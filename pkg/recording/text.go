package recording

import (
	"bytes"
	"unicode/utf8"
)

// Text returns the content as text, and whether it is text: valid UTF-8 without NUL. A character that truncation cut in two
// at the end is left out.
func (b Body) Text() (string, bool) {
	content, isText := b.TextContent()
	return string(content), isText
}

// TextContent is Text without a copy of the content.
func (b Body) TextContent() ([]byte, bool) {
	content := b.Content
	if b.Truncated {
		for cut := 1; cut < utf8.UTFMax && cut <= len(content); cut++ {
			if last := content[len(content)-cut:]; utf8.RuneStart(last[0]) {
				if !utf8.FullRune(last) {
					content = content[:len(content)-cut]
				}
				break
			}
		}
	}
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return nil, false
	}
	return content, true
}
