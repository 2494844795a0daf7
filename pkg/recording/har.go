package recording

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

// maxHARParts is how many parts of a form are listed; all are in the text.
const maxHARParts = 1000

// WriteHAR writes a HAR 1.2 log, entry by entry. An error on the way leaves the document unfinished, so that nobody
// takes it for whole.
func WriteHAR(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	buffer := bufio.NewWriter(w)
	if _, err := buffer.WriteString(`{"log":{"version":"1.2","creator":{"name":"MockForge Observability","version":"1"},"entries":[`); err != nil {
		return err
	}
	separator := "\n"
	for r, err := range recordings {
		if err != nil {
			return err
		}
		entry, err := json.Marshal(harEntryOf(&r))
		if err != nil {
			return fmt.Errorf("recording %s: %w", r.ID, err)
		}
		if _, err := buffer.WriteString(separator); err != nil {
			return err
		}
		if _, err := buffer.Write(entry); err != nil {
			return err
		}
		separator = ",\n"
	}
	if _, err := buffer.WriteString("\n]}}\n"); err != nil {
		return err
	}
	return buffer.Flush()
}

func harEntryOf(r *Recording) harEntry {
	return harEntry{
		Started: r.Timestamp.UTC().Format(time.RFC3339Nano), Time: r.ResponseTimeMS, Request: harRequestOf(r), Response: harResponseOf(r),
		Timings: harTimingsOf(r), Messages: harMessagesOf(r),
		MockForge: &harMockForge{
			ID: r.ID.String(), TraceID: r.TraceID, Protocol: r.Protocol, Gateway: r.Gateway, Consumer: r.Consumer,
			Mode: r.ScenarioMode, Faults: r.Faults, GRPCStatus: r.GRPCStatus, Trailers: r.ResponseTrailers,
		},
	}
}

func harRequestOf(r *Recording) harRequest {
	scheme := cmp.Or(r.Scheme, "http")
	if r.Protocol == WebSocket {
		scheme = strings.Replace(scheme, "http", "ws", 1)
	}
	origin := url.URL{Scheme: scheme, Host: cmp.Or(r.Host, "unknown")}
	target, changed := r.Sent().URL()
	request := harRequest{
		Method: r.Method, URL: origin.String() + target, HTTPVersion: harVersion(r), Cookies: []harCookie{}, Headers: harHeaders(r.HeaderLines()),
		QueryString: []harPair{}, HeadersSize: -1, BodySize: r.Body.Size,
	}
	if changed || !strings.HasPrefix(target, "/") {
		request.Target, request.URL = r.Sent(), origin.String()+"/"+strings.TrimPrefix(target, "/")
	}
	if r.TargetRedacted {
		request.Comment = "redacted"
	}
	for _, p := range r.query() {
		request.QueryString = append(request.QueryString, harPair(p))
	}
	for _, line := range valuesOf(r.Headers, "cookie") {
		cookies, err := http.ParseCookie(line)
		if err != nil {
			continue // Masked.
		}
		for _, c := range cookies {
			request.Cookies = append(request.Cookies, harCookie{Name: c.Name, Value: c.Value})
		}
	}
	if len(r.Body.Content) > 0 {
		request.PostData = harPostDataOf(r)
	}
	return request
}

func harHeaders(lines []HeaderLine) []harHeader {
	headers := make([]harHeader, len(lines))
	for i, line := range lines {
		headers[i] = harHeader{Name: line.Name, Value: AsText(line.Value)}
		if headers[i].Value != line.Value {
			headers[i].Bytes = []byte(line.Value)
		}
	}
	return headers
}

func harPostDataOf(r *Recording) *harPostData {
	data := &harPostData{MimeType: cmp.Or(first(r.Headers, "content-type"), "application/octet-stream"), Params: []harParam{}, Comment: bodyComment(r.Body)}
	text, ok := r.Body.Text()
	if !ok {
		data.Text, data.Encoding = base64.StdEncoding.EncodeToString(r.Body.Content), "base64"
		return data
	}
	data.Text = text
	mediaType, parameters, err := mime.ParseMediaType(data.MimeType)
	switch {
	case err != nil:
	case mediaType == "application/x-www-form-urlencoded":
		for name, value := range querystring.Pairs(text) {
			data.Params = append(data.Params, harParam{Name: name, Value: value})
		}
	case mediaType == "multipart/form-data":
		data.Params = harParts(text, parameters["boundary"])
	}
	return data
}

// harParts returns the parts of a form (RFC 7578), those before an error where it is broken or cut.
func harParts(text, boundary string) []harParam {
	params := []harParam{}
	reader := multipart.NewReader(strings.NewReader(text), boundary)
	for len(params) < maxHARParts {
		part, err := reader.NextRawPart()
		if err != nil {
			break
		}
		value, err := io.ReadAll(part)
		params = append(params, harParam{
			Name: part.FormName(), Value: string(value), FileName: part.FileName(), ContentType: part.Header.Get("Content-Type"),
		})
		if err != nil {
			break
		}
	}
	return params
}

func harVersion(r *Recording) string {
	version := cmp.Or(r.HTTPVersion, "1.1")
	if strings.HasPrefix(strings.ToUpper(version), "HTTP/") {
		return version
	}
	return "HTTP/" + version
}

func bodyComment(b Body) string {
	var notes []string
	if b.Truncated {
		notes = append(notes, "truncated")
	}
	if b.Redacted {
		notes = append(notes, "redacted")
	}
	return strings.Join(notes, ", ")
}

// pairs returns all values, by name.
func pairs(values Values) []harPair {
	list := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			list = append(list, harPair{name, value})
		}
	}
	return list
}

func valuesOf(values Values, name string) []string {
	for n, list := range values {
		if strings.EqualFold(n, name) {
			return list
		}
	}
	return nil
}
