package recording

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits of what is learned for one document.
const (
	maxOperations    = 1000
	maxParameters    = 50
	maxResponses     = 30
	maxMediaTypes    = 10
	maxOrigins       = 20
	maxExampleBytes  = 8 << 10
	maxExamplesBytes = 4 << 20
	// maxLearnedBody is how much of a body is looked into for its schema, in bytes.
	maxLearnedBody = 1 << 20
)

// openAPIMethods are those that a path item has a field for.
var openAPIMethods = []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"}

// commonRequestHeaders say nothing about an API in particular; OpenAPI itself ignores the first three as parameters.
var commonRequestHeaders = []string{
	"accept", "content-type", "authorization", "cookie", "proxy-authorization", "accept-encoding", "accept-language", "accept-charset", "user-agent",
	"host", "connection", "content-length", "content-encoding", "transfer-encoding", "te", "trailer", "upgrade", "expect", "keep-alive", "origin",
	"referer", "dnt", "pragma", "cache-control", "via", "forwarded", "from", "traceparent", "tracestate", "baggage", "b3", "priority",
	"upgrade-insecure-requests", "x-real-ip", "x-request-id", "x-correlation-id", "x-requested-with",
}

var commonResponseHeaders = []string{
	"content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "date", "server", "set-cookie", "keep-alive", "trailer",
	"vary", "via", "age", "alt-svc", "server-timing", "strict-transport-security", "x-content-type-options", "x-frame-options", "x-powered-by", "upgrade",
	"traceparent", "tracestate", "x-request-id", "x-correlation-id",
}

var commonPrefixes = []string{"sec-", "x-forwarded-", "x-b3-", "x-mockforge-", "access-control-", "cf-", "x-envoy-", "x-amzn-", "x-datadog-"}

// credentialHeaders become security schemes.
var credentialHeaders = []string{"authorization", "x-api-key"}

// apiLearner is what was learned from recordings so far.
type apiLearner struct {
	operations map[string]*operation
	origins    map[string]bool
	gateways   map[string]bool
	budget     budget
	// examples is how many bytes of examples may still be kept.
	examples int
	// learned counts recordings, left those that were left out.
	learned, left int
}

type operation struct {
	method, path   string
	seen           int
	gateways       map[string]bool
	pathParameters []*parameterLearned
	query, headers map[string]*parameterLearned
	credentials    map[string]int
	request        bodies
	responses      map[int]*answerLearned
}

type parameterLearned struct {
	name string
	// seen is how many exchanges have it.
	seen     int
	repeated bool
	schema   *schema
	example  string
}

// exampleValue is the first value, as the schema has it.
func (p *parameterLearned) exampleValue() any {
	if p.example == "" || p.schema == nil || p.schema.masked > 0 || p.schema.strings == 0 {
		return nil
	}
	return p.example
}

type answerLearned struct {
	seen    int
	headers map[string]*parameterLearned
	content bodies
}

// bodies are those of one place, by media type.
type bodies struct {
	seen  int
	media map[string]*mediaLearned
}

type mediaLearned struct {
	schema  *schema
	text    bool
	example any
}

func newAPILearner() *apiLearner {
	return &apiLearner{
		operations: map[string]*operation{}, origins: map[string]bool{}, gateways: map[string]bool{},
		budget: budget{nodes: maxSchemaNodes}, examples: maxExamplesBytes,
	}
}

func (l *apiLearner) learn(r *Recording) {
	path, names, values := apiPath(r)
	if r.Protocol == GRPC || r.ResponseStatus < 100 || r.ResponseStatus > 599 || path == "" || !slices.Contains(openAPIMethods, r.Method) {
		l.left++
		return
	}
	// Templates that differ in the names of their parameters only are the same path.
	key := parameterInPath.ReplaceAllString(path, "{}") + " " + r.Method
	o := l.operations[key]
	if o == nil {
		if len(l.operations) >= maxOperations {
			l.left++
			return
		}
		o = &operation{
			method: r.Method, path: path, gateways: map[string]bool{}, query: map[string]*parameterLearned{}, headers: map[string]*parameterLearned{},
			credentials: map[string]int{}, responses: map[int]*answerLearned{},
		}
		for known := range l.samePaths(key) {
			o.path = known.path
			names = nil
			for _, p := range known.pathParameters {
				names = append(names, p.name)
			}
			break
		}
		for _, name := range names {
			o.pathParameters = append(o.pathParameters, &parameterLearned{name: name, schema: l.budget.schema()})
		}
		l.operations[key] = o
	}
	l.learned++
	o.seen++
	l.origin(r, o)
	for i, p := range o.pathParameters {
		if i < len(values) {
			p.schema.learnParameter(values[i], &l.budget, 0)
		}
	}
	l.parameters(r, o)
	l.body(&o.request, &r.Body, first(r.Headers, "content-type"))
	answer := o.responses[r.ResponseStatus]
	if answer == nil {
		if len(o.responses) >= maxResponses {
			return
		}
		answer = &answerLearned{headers: map[string]*parameterLearned{}}
		o.responses[r.ResponseStatus] = answer
	}
	answer.seen++
	l.headers(answer.headers, r.ResponseHeaders, commonResponseHeaders)
	l.body(&answer.content, &r.ResponseBody, first(r.ResponseHeaders, "content-type"))
}

// samePaths are the operations with the path of key and other methods.
func (l *apiLearner) samePaths(key string) func(func(*operation) bool) {
	path, _, _ := strings.Cut(key, " ")
	return func(yield func(*operation) bool) {
		for _, method := range openAPIMethods {
			if o := l.operations[path+" "+method]; o != nil && !yield(o) {
				return
			}
		}
	}
}

func (l *apiLearner) origin(r *Recording, o *operation) {
	if r.Host != "" && (r.Scheme == "http" || r.Scheme == "https") && len(l.origins) < maxOrigins && !IsRedacted(r.Host) {
		l.origins[(&url.URL{Scheme: r.Scheme, Host: r.Host}).String()] = true
	}
	if r.Gateway != "" && len(l.gateways) < maxOrigins {
		l.gateways[r.Gateway] = true
	}
	if r.Gateway != "" && len(o.gateways) < maxOrigins {
		o.gateways[r.Gateway] = true
	}
}

func (l *apiLearner) parameters(r *Recording, o *operation) {
	query := Values{}
	for _, p := range r.query() {
		query[p.Name] = append(query[p.Name], p.Value)
	}
	for name, values := range query {
		name = strings.ToValidUTF8(name, "\uFFFD")
		p := l.parameter(o.query, name)
		if p == nil || len(values) == 0 {
			continue
		}
		p.seen++
		p.repeated = p.repeated || len(values) > 1
		for _, value := range values {
			l.parameterValue(p, value)
		}
	}
	l.headers(o.headers, r.Headers, commonRequestHeaders)
	for _, name := range credentialHeaders {
		if first(r.Headers, name) != "" {
			o.credentials[name]++
		}
	}
}

func (l *apiLearner) parameter(known map[string]*parameterLearned, name string) *parameterLearned {
	if p := known[name]; p != nil {
		return p
	}
	if len(known) >= maxParameters || name == "" || len(name) > 200 {
		return nil
	}
	s := l.budget.schema()
	if s == nil {
		return nil
	}
	known[name] = &parameterLearned{name: name, schema: s}
	return known[name]
}

func (l *apiLearner) parameterValue(p *parameterLearned, value string) {
	value = strings.ToValidUTF8(value, "\uFFFD")
	p.schema.learnParameter(value, &l.budget, 0)
	if p.example == "" && len(value) <= 200 && !IsRedacted(value) {
		p.example = value
	}
}

func (l *apiLearner) headers(known map[string]*parameterLearned, values Values, common []string) {
	for name, list := range values {
		lower := strings.ToLower(name)
		if len(list) == 0 || !httpguts.ValidHeaderFieldName(name) || slices.Contains(common, lower) || slices.Contains(credentialHeaders, lower) ||
			slices.ContainsFunc(commonPrefixes, func(prefix string) bool { return strings.HasPrefix(lower, prefix) }) {
			continue
		}
		if p := l.parameter(known, lower); p != nil {
			p.seen++
			l.parameterValue(p, strings.Join(list, ", "))
		}
	}
}

func (l *apiLearner) body(known *bodies, b *Body, contentType string) {
	if b.Size == 0 && len(b.Content) == 0 {
		return
	}
	known.seen++
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(mediaType, "/") {
		mediaType = "application/octet-stream"
	}
	m := known.media[mediaType]
	if m == nil {
		if len(known.media) >= maxMediaTypes {
			return
		}
		if known.media == nil {
			known.media = map[string]*mediaLearned{}
		}
		m = &mediaLearned{}
		known.media[mediaType] = m
	}
	text, ok := b.Text()
	if !ok || len(b.Content) > maxLearnedBody {
		return
	}
	isJSON := mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
	switch {
	case isJSON && !b.Truncated:
		l.jsonBody(m, []byte(text))
	case mediaType == "application/x-www-form-urlencoded" && !b.Truncated:
		l.form(m, text)
	case !isJSON && mediaType != "application/octet-stream":
		m.text = true
		l.keepExample(m, text, len(text))
	}
}

func (l *apiLearner) jsonBody(m *mediaLearned, text []byte) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return
	}
	if _, err := decoder.Token(); err != io.EOF {
		return // several values, which no schema describes
	}
	if m.schema == nil {
		m.schema = l.budget.schema()
	}
	m.schema.learn(value, &l.budget, 0)
	// Indented, what nests deeply takes the square of its size.
	if !validation.Nests(text, maxSchemaDepth) {
		l.keepExample(m, value, len(text))
	}
}

func (l *apiLearner) form(m *mediaLearned, text string) {
	if m.schema == nil {
		m.schema = l.budget.schema()
	}
	object := map[string]any{}
	for name, values := range querystring.Values(text) {
		object[name] = any(values[0])
		if len(values) > 1 {
			list := make([]any, len(values))
			for i, v := range values {
				list[i] = v
			}
			object[name] = list
		}
	}
	m.schema.learn(object, &l.budget, 0)
	l.keepExample(m, object, len(text))
}

func (l *apiLearner) keepExample(m *mediaLearned, value any, size int) {
	if m.example != nil || size > min(maxExampleBytes, l.examples) {
		return
	}
	l.examples -= size
	m.example = value
}

var parameterInPath = regexp.MustCompile(`\{[^{}]*\}`)

// apiPath is the route of r as a path of OpenAPI, whose parameters differ in their names and are written {name}; and
// what they are in r.
func apiPath(r *Recording) (path string, names, values []string) {
	sent := r.EscapedPath()
	template := cmp.Or(r.Route, sent)
	if !strings.HasPrefix(template, "/") || len(template) > 1000 {
		return "", nil, nil
	}
	template = strings.ToValidUTF8(template, "\uFFFD")
	actual := strings.Split(strings.Trim(sent, "/"), "/")
	segments := strings.Split(strings.Trim(template, "/"), "/")
	used := map[string]bool{}
	for i, segment := range segments {
		rest := segment == "**" || strings.HasSuffix(segment, "...}")
		if r.Route == "" || !rest && !strings.Contains(segment, "*") && !(strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")) {
			segments[i] = strings.NewReplacer("{", "%7B", "}", "%7D", "?", "%3F", "#", "%23").Replace(segment)
			continue
		}
		base := strings.Map(func(c rune) rune {
			if strings.ContainsRune("{}*./", c) {
				return -1
			}
			return c
		}, segment)
		if base = cmp.Or(base, "rest"); !rest && (segment == "{}" || segment == "*") {
			base = "id"
		}
		name := base
		for n := 2; used[name]; n++ {
			name = fmt.Sprint(base, n)
		}
		used[name] = true
		segments[i] = "{" + name + "}"
		names = append(names, name)
		value := ""
		if i < len(actual) {
			value = pathpattern.Unescape(actual[i])
			if rest {
				value = strings.Join(actual[i:], "/")
			}
		}
		values = append(values, strings.ToValidUTF8(value, "\uFFFD"))
	}
	return "/" + strings.Join(segments, "/"), names, values
}
