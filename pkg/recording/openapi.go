package recording

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The forms of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html), as far as they can be learned.
type (
	apiDocument struct {
		OpenAPI    string                              `json:"openapi"`
		Info       apiInfo                             `json:"info"`
		Servers    []apiServer                         `json:"servers,omitempty"`
		Paths      map[string]map[string]*apiOperation `json:"paths"`
		Components *apiComponents                      `json:"components,omitempty"`
	}
	apiInfo struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Version     string `json:"version"`
	}
	apiServer     struct{ URL string }
	apiComponents struct {
		SecuritySchemes map[string]apiSecurity `json:"securitySchemes"`
	}
	apiSecurity struct {
		Type string `json:"type"`
		In   string `json:"in"`
		Name string `json:"name"`
	}
	apiOperation struct {
		OperationID string                 `json:"operationId"`
		Tags        []string               `json:"tags,omitempty"`
		Summary     string                 `json:"summary"`
		Parameters  []apiParameter         `json:"parameters,omitempty"`
		RequestBody *apiBody               `json:"requestBody,omitempty"`
		Responses   map[string]apiResponse `json:"responses"`
		Security    []map[string][]string  `json:"security,omitempty"`
	}
	apiParameter struct {
		Name     string         `json:"name"`
		In       string         `json:"in"`
		Required bool           `json:"required,omitempty"`
		Schema   map[string]any `json:"schema"`
		Example  any            `json:"example,omitempty"`
	}
	apiBody struct {
		Required bool                `json:"required,omitempty"`
		Content  map[string]apiMedia `json:"content"`
	}
	apiResponse struct {
		Description string               `json:"description"`
		Headers     map[string]apiHeader `json:"headers,omitempty"`
		Content     map[string]apiMedia  `json:"content,omitempty"`
	}
	apiHeader struct {
		Required bool           `json:"required,omitempty"`
		Schema   map[string]any `json:"schema"`
	}
	apiMedia struct {
		Schema  map[string]any `json:"schema,omitempty"`
		Example any            `json:"example,omitempty"`
	}
)

// MarshalJSON is needed since the field's name is a word of its own.
func (s apiServer) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"url": s.URL})
}

// WriteOpenAPI writes an OpenAPI 3.1 document, in JSON, of the API that is seen in recordings: paths are route
// templates, schemas are what all JSON bodies have in common. It holds what it has learned, within limits, and no
// recordings.
func WriteOpenAPI(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	learner := newAPILearner()
	for r, err := range recordings {
		if err != nil {
			return err
		}
		learner.learn(&r)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(learner.document())
}

func (l *apiLearner) document() apiDocument {
	doc := apiDocument{
		OpenAPI: "3.1.0",
		Info: apiInfo{
			Title: "Learned from traffic", Version: "1",
			Description: fmt.Sprintf("Learned by MockForge Observability from %d recordings. What no recording shows is not here.", l.learned),
		},
		Paths: map[string]map[string]*apiOperation{},
	}
	if l.left > 0 {
		doc.Info.Description += fmt.Sprintf(" Left out, since they are gRPC calls, have no answer or no route, or are too many: %d.", l.left)
	}
	if names := slices.Sorted(maps.Keys(l.gateways)); len(names) > 0 {
		doc.Info.Title = "Learned from the traffic of " + strings.Join(names, ", ")
	}
	for _, origin := range slices.Sorted(maps.Keys(l.origins)) {
		doc.Servers = append(doc.Servers, apiServer{origin})
	}
	schemes := map[string]apiSecurity{}
	ids := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(l.operations)) {
		operation := l.operations[key]
		if doc.Paths[operation.path] == nil {
			doc.Paths[operation.path] = map[string]*apiOperation{}
		}
		doc.Paths[operation.path][strings.ToLower(operation.method)] = operation.document(ids, schemes)
	}
	if len(schemes) > 0 {
		doc.Components = &apiComponents{SecuritySchemes: schemes}
	}
	return doc
}

func (o *operation) document(ids map[string]bool, schemes map[string]apiSecurity) *apiOperation {
	out := &apiOperation{
		OperationID: operationID(o.method, o.path, ids), Tags: slices.Sorted(maps.Keys(o.gateways)),
		Summary: o.method + " " + o.path, Responses: map[string]apiResponse{},
	}
	for _, p := range o.pathParameters {
		out.Parameters = append(out.Parameters, apiParameter{Name: p.name, In: "path", Required: true, Schema: p.schema.jsonSchema()})
	}
	for _, name := range slices.Sorted(maps.Keys(o.query)) {
		p := o.query[name]
		parameter := apiParameter{Name: name, In: "query", Required: p.seen == o.seen, Schema: p.schema.jsonSchema(), Example: p.exampleValue()}
		if p.repeated {
			parameter.Schema, parameter.Example = map[string]any{"type": "array", "items": parameter.Schema}, nil
		}
		out.Parameters = append(out.Parameters, parameter)
	}
	for _, name := range slices.Sorted(maps.Keys(o.headers)) {
		p := o.headers[name]
		out.Parameters = append(out.Parameters, apiParameter{
			Name: name, In: "header", Required: p.seen == o.seen, Schema: p.schema.jsonSchema(), Example: p.exampleValue(),
		})
	}
	if len(o.request.media) > 0 {
		out.RequestBody = &apiBody{Required: o.request.seen == o.seen, Content: o.request.document()}
	}
	for status, answer := range o.responses {
		text := http.StatusText(status)
		if text == "" {
			text = "Status " + strconv.Itoa(status)
		}
		response := apiResponse{Description: text, Content: answer.content.document()}
		for name, p := range answer.headers {
			if response.Headers == nil {
				response.Headers = map[string]apiHeader{}
			}
			response.Headers[name] = apiHeader{Required: p.seen == answer.seen, Schema: p.schema.jsonSchema()}
		}
		out.Responses[strconv.Itoa(status)] = response
	}
	for name, seen := range o.credentials {
		schemes[name] = apiSecurity{Type: "apiKey", In: "header", Name: name}
		out.Security = append(out.Security, map[string][]string{name: {}})
		if seen < o.seen && !slices.ContainsFunc(out.Security, func(s map[string][]string) bool { return len(s) == 0 }) {
			out.Security = append(out.Security, map[string][]string{})
		}
	}
	slices.SortFunc(out.Security, func(a, b map[string][]string) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}

func (c *bodies) document() map[string]apiMedia {
	if len(c.media) == 0 {
		return nil
	}
	content := map[string]apiMedia{}
	for mediaType, m := range c.media {
		out := apiMedia{Example: m.example}
		if m.schema != nil && m.schema.seen > 0 {
			out.Schema = m.schema.jsonSchema()
		} else if m.text {
			out.Schema = map[string]any{"type": "string"}
		}
		content[mediaType] = out
	}
	return content
}

// operationID returns an id made of method and path in letters, digits and _, and is not in ids yet.
func operationID(method, path string, ids map[string]bool) string {
	base := strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(method)+path), "_")
	id := base
	for n := 2; ids[id]; n++ {
		id = fmt.Sprintf("%s_%d", base, n)
	}
	ids[id] = true
	return id
}
