package recording

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// maxMocks and maxMockBytes bound what is held until it is known which answer of each request is the newest.
	maxMocks     = 1000
	maxMockBytes = 8 << 20
	// maxMockPath is how long a path of a mock may be, in bytes.
	maxMockPath = 1024
	// anyValue is what a mock matches any value of a query parameter with.
	anyValue = "*"
)

// notMocked are headers of answers that belong to the connection or the moment, or that a gateway sets itself.
var notMocked = []string{
	"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
	"content-length", "date", "age", "x-mockforge-fault", "traceparent", "tracestate", "server-timing",
	// What a mock says of a gRPC call in keys of its own, and its messages are not compressed.
	"grpc-status", "grpc-message", "grpc-encoding",
}

// mock is a stub answer as a gateway's mocks have it, in the order of its keys. Text is quoted so that neither YAML nor
// the Collector, which replaces ${…} in configurations, reads anything into it.
type mock struct {
	Name        *yaml.Node     `yaml:"name"`
	Method      *yaml.Node     `yaml:"method"`
	Path        *yaml.Node     `yaml:"path"`
	Operation   *yaml.Node     `yaml:"operation,omitempty"`
	Query       []mockPair     `yaml:"-"`
	Status      int            `yaml:"status"`
	Headers     []mockPair     `yaml:"-"`
	Body        *yaml.Node     `yaml:"body,omitempty"`
	BodyBase64  *yaml.Node     `yaml:"body_base64,omitempty"`
	GRPCStatus  *int           `yaml:"grpc_status,omitempty"`
	GRPCMessage *yaml.Node     `yaml:"grpc_message,omitempty"`
	Delay       *time.Duration `yaml:"delay,omitempty"`
}

// mockPair is one parameter or header. Headers may have several values, which are a list then.
type mockPair struct {
	name   string
	values []string
}

// learnedMock is the answer of one request so far.
type learnedMock struct {
	recording Recording
	rank      int
	size      int
}

// WriteMocks writes the answers of recordings as stub answers for the mocks of a gateway, in YAML: one for each method,
// path, operation and query, the newest success that nothing was injected into where there is one. At most 1000 are kept, and
// 8 MiB of bodies; what is over is counted in a comment.
func WriteMocks(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	learned, left, err := learnMocks(recordings)
	if err != nil {
		return err
	}
	head := "# Answers that MockForge Observability recorded, for a gateway of the Collector extension.\n"
	if left > 0 {
		head += fmt.Sprintf("# Left out, since they cannot be mocked or are too many: %d\n", left)
	}
	if len(learned) == 0 {
		_, err := io.WriteString(w, head+"mocks: []\n")
		return err
	}
	buffer := bufio.NewWriter(w)
	if _, err := buffer.WriteString(head + "mocks:\n"); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, m := range learned {
		text, err := mockYAML(&m.recording, names)
		if err != nil {
			return fmt.Errorf("recording %s: %w", m.recording.ID, err)
		}
		if _, err := buffer.Write(text); err != nil {
			return err
		}
	}
	return buffer.Flush()
}

// learnMocks are the answers to write, those with more conditions first, since a gateway takes the first that matches;
// and how many recordings were left out.
func learnMocks(recordings iter.Seq2[Recording, error]) ([]*learnedMock, int, error) {
	byRequest := map[string]*learnedMock{}
	size, left := 0, 0
	for r, err := range recordings {
		if err != nil {
			return nil, 0, err
		}
		rank := mockRank(&r)
		if rank == 0 {
			left++
			continue
		}
		r.Path, _ = mockPath(r.EscapedPath())
		r.QueryParams = mockParameters(&r)
		if r.Protocol == GRPC {
			r.ResponseBody = Body{Content: GRPCFrames(r.Messages, "out")}
		}
		key := r.Method + " " + r.Path + " " + mockOperation(&r) + "?" + url.Values(r.QueryParams).Encode()
		known := byRequest[key]
		if known != nil && (rank < known.rank || rank == known.rank && r.Timestamp.Before(known.recording.Timestamp)) {
			continue
		}
		before := 0
		if known != nil {
			before = known.size
		}
		now := len(key) + len(r.ResponseBody.Content)
		if size-before+now > maxMockBytes || known == nil && len(byRequest) >= maxMocks {
			left++
			continue
		}
		size += now - before
		r.Body, r.Messages, r.Headers, r.HeaderForm, r.Target = Body{}, nil, nil, "", ""
		byRequest[key] = &learnedMock{recording: r, rank: rank, size: now}
	}
	learned := slices.Collect(maps.Values(byRequest))
	slices.SortFunc(learned, func(a, b *learnedMock) int {
		return cmp.Or(
			cmp.Compare(strings.Count(a.recording.Path, anySegment), strings.Count(b.recording.Path, anySegment)),
			cmp.Compare(a.recording.Path, b.recording.Path),
			-cmp.Compare(mockOperation(&a.recording), mockOperation(&b.recording)), // the empty one matches the others, too
			cmp.Compare(len(b.recording.QueryParams), len(a.recording.QueryParams)),
			cmp.Compare(anyValues(a.recording.QueryParams), anyValues(b.recording.QueryParams)),
			cmp.Compare(a.recording.Method, b.recording.Method),
			cmp.Compare(queryString(a.recording.QueryParams), queryString(b.recording.QueryParams)),
		)
	})
	return learned, left, nil
}

// mockRank is how good an answer is as a stub: 0 is none at all.
func mockRank(r *Recording) int {
	if _, ok := mockPath(r.EscapedPath()); !ok {
		return 0
	}
	switch {
	case r.Protocol == WebSocket, r.Protocol == GRPC && !wholeGRPC(r), r.ResponseStatus < 200 || r.ResponseStatus > 599,
		!httpguts.ValidHeaderFieldName(r.Method) || !configurable(r):
		return 0
	case r.ResponseBody.Truncated && r.Protocol != GRPC: // whose messages are whole
		return 1
	case r.Injected():
		return 2
	case r.ResponseStatus >= 400 || r.GRPCStatus != nil && *r.GRPCStatus != 0:
		return 3
	}
	return 4
}

// configurable reports whether a mock can ask for the method and the operation of r, which may be too long for that.
func configurable(r *Recording) bool {
	_, err := scenario.NewMatcher(scenario.Target{Methods: []string{r.Method}, Operation: mockOperation(r)})
	return err == nil
}

// mockOperation is what tells the operations of one path apart: the name of a GraphQL operation, empty where it has none
// or is a batch. Those of gRPC have paths of their own.
func mockOperation(r *Recording) string {
	_, name, named := strings.Cut(r.Operation, " ")
	if r.Protocol != GraphQL || !named || strings.ContainsAny(name, " ,") {
		return ""
	}
	return name
}

// wholeGRPC is whether the messages of an answer are recorded as they were sent, and all of them. Of a message in Protocol
// Buffers a part is no message.
func wholeGRPC(r *Recording) bool {
	if r.GRPCStatus == nil || len(r.Messages) >= MaxMessages {
		return false
	}
	var size int64
	for _, m := range r.Messages {
		if m.Direction != "out" {
			continue
		}
		if m.Body.Truncated || m.Body.Redacted || int64(len(m.Body.Content)) != m.Body.Size && !m.Body.Decoded {
			return false
		}
		size += GRPCPrefix + m.Body.Size
	}
	return size >= r.ResponseBody.Size
}

// grpcMessage is what a call's end said for people: percent-encoded, in a trailer, or in a header where the answer had
// nothing else (gRPC over HTTP/2, section Responses).
func grpcMessage(r *Recording) string {
	for _, values := range []Values{r.ResponseTrailers, r.ResponseHeaders} {
		for name, list := range values {
			if strings.EqualFold(name, "grpc-message") && len(list) > 0 {
				if message, err := url.PathUnescape(list[0]); err == nil {
					return message
				}
				return list[0]
			}
		}
	}
	return ""
}

// anySegment is a segment of a mock's path that matches any.
const anySegment = "{any}"

// literalSegment is a segment with what means something in patterns, and what configurations cannot spell, percent-encoded.
func literalSegment(segment string) string {
	var b strings.Builder
	for i := 0; i < len(segment); {
		r, size := utf8.DecodeRuneInString(segment[i:])
		if strings.ContainsRune("*?#", r) || r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			for _, c := range []byte(segment[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(segment[i : i+size])
		}
		i += size
	}
	return b.String()
}

// mockPath is an escaped path as the mocks of gateways have it: what was redacted, and what has braces, is any segment.
// A path with empty segments has no form at all.
func mockPath(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok || len(path) > maxMockPath || strings.Contains(path, "//") {
		return "", false
	}
	segments := strings.Split(rest, "/")
	for i, segment := range segments {
		if strings.ContainsAny(segment, "{}") || IsRedacted(segment) {
			segments[i] = anySegment
			continue
		}
		segments[i] = literalSegment(segment)
	}
	path = "/" + strings.Join(segments, "/")
	return path, len(path) <= maxMockPath
}

func mockYAML(r *Recording, names map[string]bool) ([]byte, error) {
	out := mock{
		Name: quoted(mockName(r, names)), Method: quoted(r.Method), Path: quoted(r.Path), Status: r.ResponseStatus,
		Query: mockQuery(r.QueryParams), Headers: mockHeaders(r),
	}
	if operation := mockOperation(r); operation != "" {
		out.Operation = quoted(operation)
	}
	if r.Protocol == GRPC {
		out.GRPCStatus = r.GRPCStatus
		if message := grpcMessage(r); message != "" {
			out.GRPCMessage = quoted(message)
		}
	}
	if content := r.ResponseBody.Content; len(content) > 0 {
		if text, ok := r.ResponseBody.Text(); ok && len(text) == len(content) && r.Protocol != GRPC {
			out.Body = quoted(text)
		} else {
			out.BodyBase64 = quoted(base64.StdEncoding.EncodeToString(content))
		}
	}
	if r.UpstreamTimeMS != nil {
		if delay := time.Duration(*r.UpstreamTimeMS * float64(time.Millisecond)).Round(time.Millisecond); delay > 0 {
			out.Delay = &delay
		}
	}
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode([]mock{out}); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	var notes bytes.Buffer
	if r.ResponseBody.Truncated {
		fmt.Fprintf(&notes, "# The recorded body was cut: %d bytes of it are here, %d were sent.\n", len(r.ResponseBody.Content), r.ResponseBody.Size)
	}
	if slices.ContainsFunc(r.ResponseHeaderLines(), func(l HeaderLine) bool { return !isText(l.Value) }) {
		notes.WriteString("# Bytes of headers that are not UTF-8 are characters of ISO 8859-1 here.\n")
	}
	if r.Injected() {
		notes.WriteString("# Faults were injected into this answer.\n")
	}
	return append(notes.Bytes(), b.Bytes()...), nil
}

// MarshalYAML keeps the order of keys, and writes maps in the order of their names.
func (m mock) MarshalYAML() (any, error) {
	type plain mock
	var node yaml.Node
	if err := node.Encode(plain(m)); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		key, after string
		pairs      []mockPair
	}{{"query", "path", m.Query}, {"headers", "status", m.Headers}} {
		if len(part.pairs) == 0 {
			continue
		}
		values := &yaml.Node{Kind: yaml.MappingNode}
		for _, p := range part.pairs {
			// Keys are not searched for ${…}.
			name := quoted(p.name)
			name.Value = p.name
			value := quoted(p.values[0])
			if len(p.values) > 1 {
				value = &yaml.Node{Kind: yaml.SequenceNode}
				for _, each := range p.values {
					value.Content = append(value.Content, quoted(each))
				}
			}
			values.Content = append(values.Content, name, value)
		}
		for at := 0; at < len(node.Content); at += 2 { // keys and values take turns
			if node.Content[at].Value == part.after {
				node.Content = slices.Insert(node.Content, at+2, &yaml.Node{Kind: yaml.ScalarNode, Value: part.key}, values)
				break
			}
		}
	}
	return &node, nil
}

// quoted is text as YAML in quotes, with each $ doubled, which is how the Collector's configuration spells it.
func quoted(text string) *yaml.Node {
	text = strings.ToValidUTF8(text, "\uFFFD")
	style := yaml.SingleQuotedStyle
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		style = yaml.DoubleQuotedStyle
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: style, Value: strings.ReplaceAll(text, "$", "$$")}
}

// mockName tells what is mocked in words of letters and digits, and is not in names yet.
func mockName(r *Recording, names map[string]bool) string {
	var b strings.Builder
	for _, c := range strings.ToLower(r.Method + " " + pathpattern.Unescape(r.Path) + " " + mockOperation(r)) {
		switch {
		case b.Len() >= 60:
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteRune(c)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	base := strings.Trim(b.String(), "-")
	name := base
	for n := 2; names[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	names[name] = true
	return name
}

func mockHeaders(r *Recording) []mockPair {
	var list []mockPair
	places := map[string]int{}
	for _, pair := range r.ResponseHeaderLines() {
		name := strings.ToLower(pair.Name)
		switch {
		case slices.Contains(notMocked, name), name == "content-encoding" && r.ResponseBody.Decoded, IsRedacted(pair.Value),
			!httpguts.ValidHeaderFieldName(pair.Name), !httpguts.ValidHeaderFieldValue(pair.Value):
			continue
		}
		pair.Value = AsText(pair.Value)
		if at, ok := places[name]; ok {
			list[at].values = append(list[at].values, pair.Value)
			continue
		}
		places[name] = len(list)
		list = append(list, mockPair{pair.Name, []string{pair.Value}})
	}
	return list
}
