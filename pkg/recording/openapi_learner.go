package recording

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/url"
	"slices"
	"strings"

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

type answerLearned struct {
	seen    int
	headers map[string]*parameterLearned
	content bodies
}

// bodies are the bodies at one place, by media type.
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

// samePaths returns the operations with the path of key and other methods.
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
