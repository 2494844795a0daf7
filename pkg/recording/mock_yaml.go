package recording

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
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

// quoted returns text as YAML in quotes, with each $ doubled, which is how the Collector's configuration spells it.
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
