package recording

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// maxArgument is how long a body may be as an argument in bytes; kernels take at most 128 KiB for one (Linux's
// MAX_ARG_STRLEN). Longer ones go through a pipe from the shell's own printf, which has no such limit.
const maxArgument = 32 << 10

// WriteCurl writes a shell script (POSIX sh) with one curl command per request, in order. What HTTP clients cannot send
// is a comment. Nothing of a recording can leave its quotes.
func WriteCurl(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	buffer := bufio.NewWriter(w)
	if _, err := buffer.WriteString("#!/bin/sh\n# Requests that MockForge Observability recorded, in their order.\n"); err != nil {
		return err
	}
	for r, err := range recordings {
		if err != nil {
			return endAt(buffer, err)
		}
		if _, err := buffer.Write(curlCommand(&r)); err != nil {
			return err
		}
	}
	return buffer.Flush()
}

// endAt flushes what is whole, so that what follows an error begins on its own line.
func endAt(buffer *bufio.Writer, err error) error {
	_ = buffer.Flush() // the first error is the one that matters
	return err
}

func curlCommand(r *Recording) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n# %s of %s, answered with %s\n", r.ID, r.Timestamp.UTC().Format(time.RFC3339Nano), answered(r))
	request, reason := outgoingOf(r)
	if reason != "" {
		fmt.Fprintf(&b, "# %s\n", reason)
		return b.Bytes()
	}
	for _, note := range request.notes {
		fmt.Fprintf(&b, "# %s\n", note)
	}
	content := request.body.Content
	text := bytes.IndexByte(content, 0) < 0
	piped := len(content) > maxArgument || !text
	if piped && text {
		fmt.Fprintf(&b, "printf '%%s' %s | ", shellQuote(string(content)))
	} else if piped {
		fmt.Fprintf(&b, "printf '%%s' %s | base64 -d | ", shellQuote(base64.StdEncoding.EncodeToString(content)))
	}
	b.WriteString("curl --globoff --path-as-is")
	if request.method == http.MethodHead {
		b.WriteString(" --head")
	} else {
		fmt.Fprintf(&b, " --request %s", shellQuote(request.method))
	}
	if target, asURL := curlTarget(request.exact); asURL {
		fmt.Fprintf(&b, " --url %s", shellQuote(request.origin+target))
	} else {
		fmt.Fprintf(&b, " --url %s --request-target %s", shellQuote(request.origin+"/"), shellQuote(target))
	}
	for _, line := range request.headers {
		header := line.Name + ": " + line.Value
		if strings.Trim(line.Value, " \t") == "" {
			header = line.Name + ";" // how curl spells an empty value
		}
		fmt.Fprintf(&b, " \\\n  --header %s", shellWord(header))
	}
	// Those that curl adds by itself where they are not given.
	for _, name := range []string{"Accept", "User-Agent", "Content-Type"} {
		if !request.has(name) && (name != "Content-Type" || len(content) > 0) {
			fmt.Fprintf(&b, " \\\n  --header %s", shellQuote(name+":"))
		}
	}
	if request.has("Accept-Encoding") {
		b.WriteString(" \\\n  --compressed")
	}
	if piped {
		// Without asking first (Expect: 100-continue), as curl does for large bodies.
		b.WriteString(" \\\n  --header 'Expect:' \\\n  --data-binary @-")
	} else if len(content) > 0 {
		fmt.Fprintf(&b, " \\\n  --data-raw %s", shellQuote(string(content)))
	}
	b.WriteString("\n")
	return b.Bytes()
}

// curlTarget returns what curl is to send as the target of a request, and whether it sends the same where that is in a URL: of
// a fragment it sends nothing, and of other bytes than those of ASCII not all its versions send the same. White space and
// control characters, which HTTP/1.1 has no way to send, are percent-encoded.
func curlTarget(exact string) (target string, asURL bool) {
	asURL = strings.HasPrefix(exact, "/")
	var b strings.Builder
	for i := range len(exact) {
		switch c := exact[i]; {
		case c <= ' ' || c == 0x7f:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			asURL = asURL && c != '#' && c < 0x80
			b.WriteByte(c)
		}
	}
	return b.String(), asURL
}

// shellQuote makes one word of text (POSIX.1-2017, Shell Command Language, 2.2.2). It must not have NUL.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// shellWord returns shellQuote, but that a text which is not UTF-8 is spelled in ASCII for printf, so that editors and clipboards
// keep its bytes. Such a text must not end with a line feed.
func shellWord(text string) string {
	if utf8.ValidString(text) {
		return shellQuote(text)
	}
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf, i == 0 && c == '-': // which would begin an option
			fmt.Fprintf(&b, `\%03o`, c)
		case c == '%' || c == '\\':
			b.WriteByte(c)
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return `"$(printf ` + shellQuote(b.String()) + `)"`
}

func answered(r *Recording) string {
	if r.ResponseStatus == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d", r.ResponseStatus)
}
