package recording

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"
)

const k6Head = `import http from 'k6/http';
import encoding from 'k6/encoding';
import { check, group, sleep } from 'k6';

// Requests that MockForge Observability recorded, in their order and at their pace, for https://k6.io.
// BASE_URL sends them all elsewhere; PACE=2 waits half as long between them, PACE=0 not at all:
//   k6 run -e BASE_URL=http://localhost:8080 -e PACE=2 script.js
export const options = { vus: 1, iterations: 1, discardResponseBodies: true };

const pace = Number(__ENV.PACE || 1);
const at = (origin, target) => (__ENV.BASE_URL || origin) + target;
const wait = (seconds) => pace > 0 && sleep(seconds / pace);
const bytes = (text) => encoding.b64decode(text, 'std');

// A status is as expected where it is the recorded one: the checks tell.
http.setResponseCallback(http.expectedStatuses({ min: 100, max: 599 }));

export default function () {
`

// WriteK6 writes a script for k6 with one request per recording, the pauses between them, and a check of each status.
// Requests that follow one another are a group where they are of the same trace, else where they are of the same
// consumer. An error on the way leaves the script unfinished, so that it does not run.
func WriteK6(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	script := k6Script{out: bufio.NewWriter(w)}
	if _, err := script.out.WriteString(k6Head); err != nil {
		return err
	}
	var held *Recording // Whether its trace goes on is known with the next one.
	for r, err := range recordings {
		if err != nil {
			return endAt(script.out, err)
		}
		if held != nil {
			if err := script.add(held, r.TraceID); err != nil {
				return err
			}
		}
		held = &r
	}
	if held != nil {
		if err := script.add(held, ""); err != nil {
			return err
		}
	}
	end := "}\n"
	if script.group != "" {
		end = "  });\n}\n"
	}
	if _, err := script.out.WriteString(end); err != nil {
		return err
	}
	return script.out.Flush()
}

// k6Script is a script as far as it is written.
type k6Script struct {
	out *bufio.Writer
	// group is the group that is open; trace is the trace of the recording before.
	group, trace string
	// ended is when the recording before had its answer.
	ended time.Time
}

// add writes one request. nextTrace is the trace of the recording after it.
func (s *k6Script) add(r *Recording, nextTrace string) error {
	name := "consumer " + r.Consumer
	if r.TraceID != "" && (r.TraceID == s.trace || r.TraceID == nextTrace) {
		name = "trace " + r.TraceID
	}
	s.trace = r.TraceID
	var b bytes.Buffer
	if name != s.group {
		if s.group != "" {
			b.WriteString("  });\n")
		}
		fmt.Fprintf(&b, "  group(%s, () => {\n", jsString(k6Name(name)))
		s.group = name
	}
	if !s.ended.IsZero() {
		if pause := r.Timestamp.Sub(s.ended); pause >= time.Millisecond {
			fmt.Fprintf(&b, "    wait(%.3f);\n", pause.Seconds())
		}
	}
	s.ended = r.Timestamp.Add(time.Duration(r.ResponseTimeMS * float64(time.Millisecond)))
	k6Request(&b, r)
	_, err := s.out.Write(b.Bytes())
	return err
}

func k6Request(b *bytes.Buffer, r *Recording) {
	if r.ID != uuid.Nil {
		fmt.Fprintf(b, "    // %s\n", r.ID)
	}
	request, reason := outgoingOf(r)
	if reason == "" && !strings.HasPrefix(request.target, "/") {
		reason = "k6 has no way to send a request without a path"
	}
	if reason != "" {
		fmt.Fprintf(b, "    // %s\n", reason)
		return
	}
	for _, note := range request.notes {
		fmt.Fprintf(b, "    // %s\n", note)
	}
	body := "null"
	if content := request.body.Content; len(content) > 0 {
		if text, ok := request.body.Text(); ok && len(text) == len(content) {
			body = jsString(text)
		} else {
			body = "bytes(" + jsString(base64.StdEncoding.EncodeToString(content)) + ")"
		}
	}
	headers, noText := k6Headers(request.headers)
	if len(noText) > 0 {
		fmt.Fprintf(b, "    // k6 sends text only: bytes that are not UTF-8 are sent as characters in %s\n", strings.Join(noText, ", "))
	}
	route := r.Route
	if route == "" {
		route = r.Path
	}
	label := k6Name(r.Method + " " + route)
	send := fmt.Sprintf("http.request(%s, at(%s, %s), %s, { headers: %s, redirects: 0, tags: { name: %s } })",
		jsString(request.method), jsString(request.origin), jsString(request.target), body, headers, jsString(label))
	if r.ResponseStatus == 0 {
		fmt.Fprintf(b, "    // it got no answer\n    %s;\n", send)
		return
	}
	fmt.Fprintf(b, "    check(%s, { %s: (answer) => answer.status === %d });\n",
		send, jsString(fmt.Sprintf("%s answers %d", label, r.ResponseStatus)), r.ResponseStatus)
}

// k6Headers returns headers as an object, in their order and with their names as they were sent first; noText are the names of those
// whose bytes are no text. What k6 itself makes of order and case is not known to scripts.
func k6Headers(lines []HeaderLine) (object string, noText []string) {
	places := make(map[string]int, len(lines))
	var merged []HeaderLine
	for _, line := range lines {
		if text := AsText(line.Value); text != line.Value {
			noText = append(noText, line.Name)
			line.Value = text
		}
		name := HeaderName(line.Name)
		if at, ok := places[name]; ok {
			separator := ", " // RFC 9110, section 5.2
			if name == "Cookie" {
				separator = "; "
			}
			merged[at].Value += separator + line.Value
			continue
		}
		places[name] = len(merged)
		merged = append(merged, line)
	}
	var b strings.Builder
	for i, line := range merged {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsString(line.Name) + ":" + jsString(line.Value))
	}
	return "{" + b.String() + "}", noText
}

// k6Name returns a name that k6 takes for groups and checks: it keeps :: for itself.
func k6Name(name string) string {
	for strings.Contains(name, "::") {
		name = strings.ReplaceAll(name, "::", ": :")
	}
	return name
}

// jsString returns text as a literal: JSON, in which line separators are escaped as well, is JavaScript (ECMA-262).
func jsString(text string) string { return jsValue(text) }

func jsValue(v any) string {
	literal, err := json.Marshal(v)
	if err != nil {
		return "null" // neither text nor a map of it fails
	}
	return string(literal)
}
