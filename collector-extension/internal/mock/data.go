package mock

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/querystring"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// environment is where mocks get what is not in the request.
type environment struct {
	now    func() time.Time
	random *random
	// grpcCode is what corresponds to an HTTP status.
	grpcCode func(status int) codes.Code
}

// Data is what templates can ask: the request, the time and chance.
type Data struct {
	// Method and Path are those of the request, the path escaped as it was sent. Protocol is http, grpc, graphql or websocket.
	Method, Path, Protocol string
	// Host is what the client asked for; Consumer and Operation are what the gateway found.
	Host, Consumer, Operation string
	// TraceID is the trace ID of the exchange, in hexadecimal digits.
	TraceID string
	// Count is how often the mock has answered, this time included.
	Count uint64

	budget  budget
	env     *environment
	request *http.Request
	pattern *pathpattern.Pattern
	query   map[string][]string
	body    *string
}

func newData(ctx context.Context, m *Mock, x *scenario.Exchange, r *http.Request, count uint64) *Data {
	return &Data{
		Method: r.Method, Path: x.Path, Protocol: x.Protocol, Host: r.Host, Consumer: x.Consumer, Operation: x.Operation,
		TraceID: hex.EncodeToString(x.TraceID[:]), Count: count, budget: budget{ctx: ctx}, env: m.env, request: r, pattern: m.path,
	}
}

// PathValue returns the segment, decoded, that stands in the place of {name} of the mock's path; empty where there is none.
func (d *Data) PathValue(name string) string {
	if d.pattern == nil {
		return ""
	}
	return d.pattern.Value(d.Path, name)
}

// Query returns the first value of a parameter; empty where there is none.
func (d *Data) Query(name string) string {
	if d.query == nil {
		d.query = querystring.Values(d.request.URL.RawQuery)
	}
	return url.Values(d.query).Get(name)
}

// Header returns the first value of a request header; empty where there is none.
func (d *Data) Header(name string) string { return d.request.Header.Get(name) }

// Body returns the body of the request, its first 64 KiB.
func (d *Data) Body() string {
	if d.body == nil { // Copied once: loops may ask often.
		text := string(readBody(d.request).start)
		d.body = &text
	}
	return *d.body
}

// JSON returns the body as a JSON document: maps, lists, strings, numbers and booleans; nothing where it is none, or larger
// than 64 KiB.
func (d *Data) JSON() any {
	document, _ := readBody(d.request).json()
	return document
}

// Now returns the time, in UTC.
func (d *Data) Now() time.Time { return d.env.now().UTC() }

// UUID returns a new random one.
func (d *Data) UUID() (string, error) {
	id, err := uuid.NewRandomFromReader(d.env.random)
	return id.String(), err
}

// RandomInt returns a whole number of least to most, both included.
func (d *Data) RandomInt(least, most int) (int, error) {
	if most < least {
		return 0, fmt.Errorf("RandomInt: %d is above %d", least, most)
	}
	return int(d.env.random.between(int64(least), int64(most))), nil
}

// RandomText returns so many letters and digits, 1000 at most.
func (d *Data) RandomText(length int) (string, error) {
	if length < 0 || length > 1000 {
		return "", fmt.Errorf("RandomText: %d is not between 0 and 1000", length)
	}
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	text := make([]byte, length)
	for i := range text {
		text[i] = alphabet[d.env.random.between(0, int64(len(alphabet)-1))]
	}
	return string(text), nil
}

// RandomItem returns one of the arguments.
func (d *Data) RandomItem(items ...any) (any, error) {
	if len(items) == 0 {
		return nil, errors.New("RandomItem: there is nothing to draw from")
	}
	return items[d.env.random.between(0, int64(len(items)-1))], nil
}
