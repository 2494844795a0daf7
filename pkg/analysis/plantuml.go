package analysis

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// PlantUML writes the diagram as a PlantUML sequence diagram (https://plantuml.com/sequence-diagram).
func (d Diagram) PlantUML(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("@startuml")
	if d.Title != "" {
		line("title %s", plantUMLText(d.Title))
	}
	line("autonumber")
	for i, p := range d.Participants {
		word := "participant"
		switch p.Kind {
		case ConsumerParticipant:
			word = "actor"
		case UpstreamParticipant:
			word = "collections"
		}
		line("%s \"%s\" as p%d", word, plantUMLText(p.Name), i)
	}
	for _, s := range d.Steps {
		switch text := plantUMLText(s.Text); s.Kind {
		case NoteStep:
			line("note over p%d : %s", s.From, text)
		case ResponseStep:
			line("p%d --> p%d : %s", s.From, s.To, text)
		case LostStep:
			line("p%d -->x p%d : %s", s.From, s.To, text)
		default:
			line("p%d -> p%d : %s", s.From, s.To, text)
		}
	}
	if note := d.note(); note != "" {
		line("note over p0 : %s", plantUMLText(note))
	}
	line("@enduml")
	return b.Flush()
}

// plantUMLText escapes a text for one line of a diagram: markup (Creole, tags, "\n") and the preprocessor ("%name()", "$name",
// "!include") stay text. All but plain characters are written as <U+XXXX>, which PlantUML decodes last, and so are
// signs that mark up together with an equal one, or at the beginning.
func plantUMLText(s string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			r = ' '
			b.WriteByte(' ')
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r > 0x7f && r <= 0xffff, strings.ContainsRune(" ,()?:", r):
			b.WriteRune(r)
		case strings.ContainsRune("/.-_=+", r) && r != last && last != 0:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
		last = r
	}
	return b.String()
}
