package middleware

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var errReset = errors.New("the connection was broken off: injected by MockForge")

// httpClient is an exporter's transport, behind the middleware.
type httpClient struct {
	middleware *Middleware
	next       http.RoundTripper
}

func (c httpClient) RoundTrip(r *http.Request) (*http.Response, error) {
	run := c.middleware.running.Load()
	if run == nil {
		return c.next.RoundTrip(r)
	}
	x := run.begin(r.Context(), incoming{
		gateway: run.Exporters, protocol: recording.HTTP, method: r.Method, path: r.URL.Path, rawQuery: r.URL.RawQuery, header: r.Header,
		consumer: run.consumer(r.Header, ""),
	})
	x.describe(r)
	status, err := x.inject(r.Context())
	if err == nil && status == 0 {
		return c.forward(x, r)
	}
	if r.Body != nil {
		x.drain(r.Body)
		// A transport closes the body in any case.
		_ = r.Body.Close()
	}
	defer x.finish(r.Context())
	switch {
	case err != nil:
		x.rec.Failure = failureClient
		return nil, err
	case status < 200:
		return nil, errReset
	}
	response := run.httpAnswer(r.Header.Get("Content-Type"), status).response(r)
	if value := fault.Header(x.Injected()); value != "" && run.FaultHeader {
		response.Header.Set(faultHeader, value)
	}
	x.rec.ResponseStatus = status
	x.answered()
	if x.captures() {
		x.rec.ResponseHeaders = recording.Values(response.Header.Clone())
	}
	return response, nil
}

func (c httpClient) forward(x *exchange, r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if r.Body != nil && r.Body != http.NoBody {
		// A transport must not change the request that it is given.
		r = r.WithContext(ctx)
		r.Body = watchedBody{ReadCloser: r.Body, read: func(p []byte) { x.keep(&x.in, p) }}
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		x.rec.Failure = failureOf(ctx, err)
		x.finish(ctx)
		return nil, err
	}
	if err := x.firstByte(ctx); err != nil {
		_ = response.Body.Close()
		x.rec.Failure = failureClient
		x.finish(ctx)
		return nil, err
	}
	x.rec.ResponseStatus = response.StatusCode
	x.answered()
	if x.captures() {
		x.rec.ResponseHeaders = recording.Values(response.Header.Clone())
	}
	response.Body = watchedBody{
		ReadCloser: response.Body,
		read:       func(p []byte) { x.keep(&x.out, p) },
		done: func(err error) {
			if !errors.Is(err, io.EOF) {
				x.fail(failureOf(ctx, err))
			}
			x.finish(ctx)
		},
	}
	return response, nil
}

// fail notes a failure, unless the exchange is over.
func (x *exchange) fail(failure string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.over {
		x.rec.Failure = failure
	}
}

func failureOf(ctx context.Context, err error) string {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return failureClient
	case errors.Is(err, context.DeadlineExceeded):
		return "upstream timed out"
	}
	return "upstream broke off"
}

// response is the answer as a transport returns it.
func (a answer) response(r *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(bytes.NewReader(a.body)), Request: r,
	}
}
