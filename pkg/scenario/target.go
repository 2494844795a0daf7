package scenario

import (
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
)

const (
	shareByTrace    = "trace"
	shareByConsumer = "consumer"
	shareByExchange = "exchange"
	anyValue        = "*"
)

type condition struct{ name, value string }

// matcher is a compiled Target. Matching allocates nothing, except where a query is percent-encoded and a rule asks for it.
type matcher struct {
	gateway, protocol, consumer, operation string
	methods                                []string
	path                                   *pathpattern.Pattern
	headers, query                         []condition
	share                                  float64
	// shareBy is empty for the default.
	shareBy string
	// spares reports whether the rule excludes what it matches from faults.
	spares bool
	// salt makes the shares of different rules independent of each other.
	salt uint64
}

func compileTarget(t Target, rule string) (matcher, error) {
	m := matcher{
		gateway: t.Gateway, protocol: t.Protocol, consumer: t.Consumer, operation: strings.TrimPrefix(t.Operation, "/"),
		methods: t.Methods, share: 1, shareBy: t.ShareBy, salt: hashString(rule),
	}
	if t.Path != "" {
		p, err := pathpattern.Parse(t.Path)
		if err != nil {
			return matcher{}, err
		}
		m.path = p
	}
	for name, value := range t.Headers {
		m.headers = append(m.headers, condition{http.CanonicalHeaderKey(name), value})
	}
	for name, value := range t.Query {
		m.query = append(m.query, condition{name, value})
	}
	if t.Share != nil {
		m.share = *t.Share
	}
	return m, nil
}

// onlyGateway reports whether t asks for nothing but a gateway.
func (t Target) onlyGateway() bool {
	return t.Protocol == "" && len(t.Methods) == 0 && t.Path == "" && len(t.Headers) == 0 && len(t.Query) == 0 && t.Consumer == "" &&
		t.Operation == "" && t.Share == nil
}

func (m *matcher) match(x *Exchange) bool {
	return (m.path == nil || m.path.Match(x.Path)) && m.matchBesidesPath(x)
}

func (m *matcher) matchBesidesPath(x *Exchange) bool {
	return (!x.Preflight || len(m.methods) > 0 || m.spares) &&
		(m.gateway == "" || m.gateway == x.Gateway) &&
		(m.protocol == "" || m.protocol == x.Protocol) &&
		(m.consumer == "" || m.consumer == x.Consumer) &&
		(m.operation == "" || matchOperation(m.operation, x.Operation)) &&
		(len(m.methods) == 0 || matchMethod(m.methods, x.Method)) &&
		matchHeaders(m.headers, x.Header) &&
		matchQuery(m.query, x.RawQuery) &&
		m.matchShare(x)
}

// matchOperation takes a gRPC method with or without the leading slash, and a GraphQL operation with or without its kind
// ("query GetUser"). Of a GraphQL batch, whose operations are separated by ", ", any one will do.
func matchOperation(want, operations string) bool {
	for rest, more := strings.TrimPrefix(operations, "/"), true; more; {
		var operation string
		operation, rest, more = strings.Cut(rest, ", ")
		if operation == want {
			return true
		}
		if _, name, found := strings.Cut(operation, " "); found && name == want {
			return true
		}
	}
	return false
}

func matchMethod(methods []string, method string) bool {
	for _, m := range methods {
		if strings.EqualFold(m, method) {
			return true
		}
	}
	return false
}

func matchHeaders(wanted []condition, header http.Header) bool {
	for _, w := range wanted {
		found := false
		for _, v := range header[w.name] {
			found = found || w.value == anyValue || v == w.value
		}
		if !found {
			return false
		}
	}
	return true
}

func matchQuery(wanted []condition, raw string) bool {
	for _, w := range wanted {
		found := false
		for name, value := range querystring.Pairs(raw) {
			if found = name == w.name && (w.value == anyValue || value == w.value); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// matchShare reports whether x is in the rule's share, which its trace or its consumer decides. By exchange, or where there is
// neither, its luck does, so that a share stays a share.
func (m *matcher) matchShare(x *Exchange) bool {
	if m.share >= 1 {
		return true
	}
	var h uint64
	switch {
	case m.shareBy == shareByConsumer && x.Consumer != "":
		h = hashString(x.Consumer)
	case (m.shareBy == "" || m.shareBy == shareByTrace) && x.TraceID != [16]byte{}:
		h = mix(binary.BigEndian.Uint64(x.TraceID[:8])) ^ binary.BigEndian.Uint64(x.TraceID[8:])
	case x.Luck != 0:
		h = x.Luck
	default:
		return rand.Float64() < m.share
	}
	return unit(mix(mix(h)^m.salt)) < m.share
}
