package recording

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
)

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

type parameterLearned struct {
	name string
	// seen is how many exchanges have it.
	seen     int
	repeated bool
	schema   *schema
	example  string
}

// exampleValue returns the first value, as the schema has it.
func (p *parameterLearned) exampleValue() any {
	if p.example == "" || p.schema == nil || p.schema.masked > 0 || p.schema.strings == 0 {
		return nil
	}
	return p.example
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

var parameterInPath = regexp.MustCompile(`\{[^{}]*\}`)

// apiPath returns the route of r as a path of OpenAPI, whose parameters differ in their names and are written {name}; and
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
