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

// The forms of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Fields of ours begin with _, as it wants.
type (
	harEntry struct {
		Started         string        `json:"startedDateTime"`
		Time            float64       `json:"time"`
		Request         harRequest    `json:"request"`
		Response        harResponse   `json:"response"`
		Cache           struct{}      `json:"cache"`
		Timings         harTimings    `json:"timings"`
		ServerIPAddress string        `json:"serverIPAddress,omitempty"`
		Comment         string        `json:"comment,omitempty"`
		Messages        []harMessage  `json:"_webSocketMessages,omitempty"`
		MockForge       *harMockForge `json:"_mockforge"`
	}
	harRequest struct {
		Method string `json:"method"`
		URL    string `json:"url"`
		// Target is path and query as they were sent, where the URL cannot have them so.
		Target      Target       `json:"_target,omitempty"`
		HTTPVersion string       `json:"httpVersion"`
		Cookies     []harCookie  `json:"cookies"`
		Headers     []harHeader  `json:"headers"`
		QueryString []harPair    `json:"queryString"`
		PostData    *harPostData `json:"postData,omitempty"`
		HeadersSize int          `json:"headersSize"`
		BodySize    int64        `json:"bodySize"`
		Comment     string       `json:"comment,omitempty"`
	}
	harResponse struct {
		Status      int         `json:"status"`
		StatusText  string      `json:"statusText"`
		HTTPVersion string      `json:"httpVersion"`
		Cookies     []harCookie `json:"cookies"`
		Headers     []harHeader `json:"headers"`
		Content     harContent  `json:"content"`
		RedirectURL string      `json:"redirectURL"`
		HeadersSize int         `json:"headersSize"`
		BodySize    int64       `json:"bodySize"`
		Error       string      `json:"_error,omitempty"`
	}
	harPair struct{ Name, Value string }
	// harHeader has a value that is not UTF-8 as ISO 8859-1, and its bytes beside it.
	harHeader struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		Bytes []byte `json:"_base64,omitempty"`
	}
	harCookie struct {
		Name     string     `json:"name"`
		Value    string     `json:"value"`
		Path     string     `json:"path,omitempty"`
		Domain   string     `json:"domain,omitempty"`
		Expires  *time.Time `json:"expires,omitempty"`
		HTTPOnly bool       `json:"httpOnly,omitempty"`
		Secure   bool       `json:"secure,omitempty"`
	}
	harParam struct {
		Name        string `json:"name"`
		Value       string `json:"value"`
		FileName    string `json:"fileName,omitempty"`
		ContentType string `json:"contentType,omitempty"`
	}

	harPostData struct {
		MimeType string     `json:"mimeType"`
		Params   []harParam `json:"params"`
		Text     string     `json:"text"`
		// Encoding is base64 for a body that is not text; HAR has it for responses only.
		Encoding string `json:"_encoding,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
	harContent struct {
		Size        int64  `json:"size"`
		Compression int64  `json:"compression,omitempty"`
		MimeType    string `json:"mimeType"`
		Text        string `json:"text,omitempty"`
		Encoding    string `json:"encoding,omitempty"`
		Comment     string `json:"comment,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	// harMessage has the form that browsers give the messages of WebSockets.
	harMessage struct {
		Type   string  `json:"type"`
		Time   float64 `json:"time"`
		Opcode int     `json:"opcode"`
		Data   string  `json:"data"`
	}
	harMockForge struct {
		ID         string   `json:"id"`
		TraceID    string   `json:"trace_id,omitempty"`
		Protocol   Protocol `json:"protocol"`
		Gateway    string   `json:"gateway"`
		Consumer   string   `json:"consumer,omitempty"`
		Mode       string   `json:"scenario_mode"`
		Faults     []Fault  `json:"faults,omitempty"`
		GRPCStatus *int     `json:"grpc_status,omitempty"`
		Trailers   Values   `json:"response_trailers,omitempty"`
	}
)

func (p harPair) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"name": p.Name, "value": p.Value})
}

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

// harParts are the parts of a form (RFC 7578), those before an error where it is broken or cut.
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

func harResponseOf(r *Recording) harResponse {
	response := harResponse{
		Status: r.ResponseStatus, StatusText: http.StatusText(r.ResponseStatus), HTTPVersion: harVersion(r), Cookies: []harCookie{},
		Headers: harHeaders(r.ResponseHeaderLines()), RedirectURL: first(r.ResponseHeaders, "location"), HeadersSize: -1, BodySize: r.ResponseBody.Size,
		Content: harContent{Size: r.ResponseBody.Size, MimeType: cmp.Or(first(r.ResponseHeaders, "content-type"), "x-unknown"), Comment: bodyComment(r.ResponseBody)},
		Error:   r.Failure,
	}
	for _, line := range valuesOf(r.ResponseHeaders, "set-cookie") {
		if c, err := http.ParseSetCookie(line); err == nil {
			cookie := harCookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HttpOnly, Secure: c.Secure}
			if !c.Expires.IsZero() {
				cookie.Expires = &c.Expires
			}
			response.Cookies = append(response.Cookies, cookie)
		}
	}
	if content := r.ResponseBody.Content; len(content) > 0 {
		if text, ok := r.ResponseBody.Text(); ok {
			response.Content.Text = text
		} else {
			response.Content.Text, response.Content.Encoding = base64.StdEncoding.EncodeToString(content), "base64"
		}
		if r.ResponseBody.Decoded && !r.ResponseBody.Truncated {
			response.Content.Size = int64(len(content))
			response.Content.Compression = response.Content.Size - r.ResponseBody.Size
		}
	}
	return response
}

// harTimingsOf divides the whole time: until the first byte is waiting, the rest is receiving. All together are entry.time.
func harTimingsOf(r *Recording) harTimings {
	wait := r.ResponseTimeMS
	if r.FirstByteMS != nil {
		wait = min(max(0, *r.FirstByteMS), r.ResponseTimeMS)
	}
	return harTimings{Wait: wait, Receive: r.ResponseTimeMS - wait}
}

func harMessagesOf(r *Recording) []harMessage {
	if r.Protocol != WebSocket {
		return nil
	}
	var messages []harMessage
	for _, m := range r.Messages {
		message := harMessage{Type: "receive", Opcode: 1, Time: float64(r.Timestamp.UnixMicro())/1e6 + m.OffsetMS/1000}
		if m.Direction == "in" {
			message.Type = "send"
		}
		text, ok := m.Body.Text()
		message.Data = text
		if !ok {
			message.Data = base64.StdEncoding.EncodeToString(m.Body.Content)
		}
		switch m.Kind { // RFC 6455, section 5.2.
		case "binary":
			message.Opcode = 2
			message.Data = base64.StdEncoding.EncodeToString(m.Body.Content)
		case "close":
			message.Opcode = 8
		case "ping":
			message.Opcode = 9
		case "pong":
			message.Opcode = 10
		}
		messages = append(messages, message)
	}
	return messages
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

// pairs are all values, by name.
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
