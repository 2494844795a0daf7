package analysis

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Mermaid writes the diagram as a Mermaid sequence diagram (https://mermaid.js.org/syntax/sequenceDiagram.html).
func (d Diagram) Mermaid(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("sequenceDiagram")
	if d.Title != "" {
		line("    title %s", mermaidText(d.Title))
	}
	line("    autonumber")
	for i, p := range d.Participants {
		word := "participant"
		if p.Kind == ConsumerParticipant {
			word = "actor"
		}
		line("    %s p%d as %s", word, i, mermaidText(p.Name))
	}
	for _, s := range d.Steps {
		switch text := mermaidText(s.Text); s.Kind {
		case NoteStep:
			line("    Note over p%d: %s", s.From, text)
		case ResponseStep:
			line("    p%d-->>p%d: %s", s.From, s.To, text)
		case LostStep:
			line("    p%d--xp%d: %s", s.From, s.To, text)
		default:
			line("    p%d->>p%d: %s", s.From, s.To, text)
		}
	}
	if note := d.note(); note != "" {
		line("    Note over p0: %s", mermaidText(note))
	}
	return b.Flush()
}

// note says what is missing.
func (d Diagram) note() string {
	if !d.Truncated || len(d.Participants) == 0 {
		return ""
	}
	if d.Exchanges == 1 {
		return "1 exchange is shown, there are more"
	}
	return fmt.Sprintf("%d exchanges are shown, there are more", d.Exchanges)
}

// mermaidText escapes a text for one line of a diagram. Mermaid ends statements at ";" and line ends, begins comments
// with "%%" and entities with "#", takes markup and the word "end" for its own: all but plain characters become
// numeric entities, which it decodes.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(" /.,_-()?=+…±", r), r > 0x7f:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	text := strings.TrimSpace(b.String())
	if text == "" {
		return "#8203;" // a text may not be empty: a space without width
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		if strings.EqualFold(word, "end") {
			words[i] = fmt.Sprintf("#%d;%s", word[0], word[1:])
		}
	}
	return strings.Join(words, " ")
}
