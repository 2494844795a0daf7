package replay

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

type formKey struct{}

// withForm has requests with the context sent in the form of the recorded one. That of another version than HTTP/1 is none for it.
func withForm(ctx context.Context, r *recording.Recording) context.Context {
	if !r.IsHTTP1() {
		return ctx
	}
	return context.WithValue(ctx, formKey{}, r.HeaderLines())
}

// FormOf returns how a transport over HTTP/1 is to send the headers of a request with the context: in this order and under these
// names, as far as the request has them; values are those of the request. It is nil where the recording does not say.
func FormOf(ctx context.Context) []recording.HeaderLine {
	lines, _ := ctx.Value(formKey{}).([]recording.HeaderLine)
	return lines
}

// headerOf has lines under canonical names.
func headerOf(lines []recording.HeaderLine) http.Header {
	header := http.Header{}
	for _, line := range lines {
		header.Add(line.Name, line.Value)
	}
	return header
}

// answered returns the headers of both answers, to be compared as the bytes that they are; as text where the recording has no
// more.
func answered(recorded *recording.Recording, replayed recording.Values) (before, after recording.Values) {
	lines := recorded.ResponseHeaderLines()
	before, after = recording.Values(headerOf(lines)), replayed
	if !recorded.ResponseHeaderForm.KnowsBytes(lines) {
		before, after = before.AsText(), after.AsText()
	}
	return before, after
}

// shown returns values for people, with \xe9 for a byte that is not UTF-8.
func shown(values []string) string {
	all := strings.Join(values, ", ")
	if utf8.ValidString(all) {
		return all
	}
	var b strings.Builder
	for i := 0; i < len(all); {
		r, size := utf8.DecodeRuneInString(all[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, all[i])
		} else {
			b.WriteString(all[i : i+size])
		}
		i += size
	}
	return b.String()
}
