package mock

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// response is a compiled Response.
type response struct {
	status  text
	headers []header
	body    text
	grpc    *codes.Code
	message text
	delay   delay
}

// header is one header with one value.
type header struct {
	name  string
	value text
}

// given reports whether r says anything.
func (r Response) given() bool {
	return r.Status != nil || len(r.Headers) > 0 || r.Body != "" || r.BodyBase64 != "" || r.BodyFile != "" ||
		r.GRPCStatus != nil || r.GRPCMessage != "" || r.Delay != nil
}

func compileResponse(r Response, isTemplate, files bool) (*response, error) {
	c := &response{}
	var errs []error
	check := func(field string, err error) { errs = append(errs, validation.In(field, err)) }
	var err error
	c.status, err = compileStatus(r.Status, isTemplate)
	check("status", err)
	c.headers, err = compileHeaders(r.Headers, isTemplate)
	check("headers", err)
	c.message, err = compileText(r.GRPCMessage, isTemplate)
	check("grpc_message", err)
	c.grpc, err = compileCode(r.GRPCStatus)
	check("grpc_status", err)
	c.delay, err = compileDelay(r.Delay)
	check("delay", err)
	field, content, err := r.content(files)
	check(field, err)
	c.body, err = compileText(content, isTemplate && r.BodyBase64 == "")
	check(field, err)
	return c, errors.Join(errs...)
}

// content returns what is answered with, and the key that says so.
func (r Response) content(files bool) (key, content string, err error) {
	given := 0
	for _, one := range []struct{ key, content string }{{"body", r.Body}, {"body_base64", r.BodyBase64}, {"body_file", r.BodyFile}} {
		if one.content != "" {
			given++
			key, content = one.key, one.content
		}
	}
	if given > 1 {
		return key, "", validation.Errorf("", "must be the only one of body, body_base64 and body_file")
	}
	switch key {
	case "body_base64":
		decoded, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return key, "", validation.Errorf("", "must be base64: %v", err)
		}
		return key, string(decoded), nil
	case "body_file":
		if !files {
			return key, "", nil
		}
		content, err = readFile(content)
		return key, content, err
	}
	return key, content, nil
}

func readFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", validation.Errorf("", "must be a file that can be read: %v", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, MaxBody+1))
	if err != nil {
		return "", validation.Errorf("", "must be a file that can be read: %v", err)
	}
	if len(content) > MaxBody {
		return "", validation.Errorf("", "must be a file of at most %d bytes, %s is larger", MaxBody, name)
	}
	return string(content), nil
}

func compileStatus(value any, isTemplate bool) (text, error) {
	if value == nil {
		return text{fixed: "200"}, nil
	}
	t, err := compileText(fmt.Sprint(value), isTemplate)
	if err == nil && t.template == nil {
		_, err = parseStatus(t.fixed)
	}
	return t, err
}

func parseStatus(text string) (int, error) {
	status, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || status < 200 || status > 599 {
		return 0, validation.Errorf("", "must be between 200 and 599, is %.40s", text)
	}
	return status, nil
}

func compileHeaders(headers map[string]any, isTemplate bool) ([]header, error) {
	var compiled []header
	var errs []error
	for name, value := range headers {
		values, ok := value.([]any)
		if !ok {
			values = []any{value}
		}
		if err := checkHeaderName(name); err != nil {
			errs = append(errs, err)
		}
		for _, one := range values {
			t, err := compileText(fmt.Sprint(one), isTemplate)
			if err == nil && t.template == nil && !httpguts.ValidHeaderFieldValue(t.fixed) {
				err = validation.Errorf("", "must be the value of a header, is %.40q", t.fixed)
			}
			errs = append(errs, validation.In(name, err))
			compiled = append(compiled, header{http.CanonicalHeaderKey(name), t})
		}
	}
	slices.SortStableFunc(compiled, func(a, b header) int { return strings.Compare(a.name, b.name) })
	return compiled, errors.Join(errs...)
}

// framing are headers that the server sets by itself.
var framing = []string{"Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func checkHeaderName(name string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return validation.Errorf(name, "must be the name of a header")
	}
	if canonical := http.CanonicalHeaderKey(name); slices.Contains(framing, canonical) {
		return validation.Errorf(name, "must not be set: it follows from the body and the connection")
	}
	return nil
}

// compileCode reads the name or the number of a gRPC status.
func compileCode(value any) (*codes.Code, error) {
	if value == nil {
		return nil, nil
	}
	given := strings.ToUpper(fmt.Sprint(value))
	if _, err := strconv.ParseUint(given, 10, 32); err != nil {
		given = strconv.Quote(given)
	}
	var code codes.Code
	if err := code.UnmarshalJSON([]byte(given)); err != nil {
		return nil, validation.Errorf("", "must be the name of a gRPC status or its number, such as NOT_FOUND, is %.40q", fmt.Sprint(value))
	}
	return &code, nil
}
