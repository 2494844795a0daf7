package middleware

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"syscall"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

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
		gateway: run.Exporters, protocol: recording.HTTP, method: r.Method, path: recording.SentPath(r.URL.RequestURI(), r.URL), rawQuery: r.URL.RawQuery, header: r.Header,
		consumer: run.consumer(r.Header, ""),
	})
	x.describe(r)
	instead, err := x.inject(r.Context())
	if err == nil && instead == nil {
		return c.forward(x, r)
	}
	if r.Body != nil {
		x.drain(r.Body)
		// A transport closes the body in any case.
		_ = r.Body.Close()
	}
	defer x.finish(r.Context())
	if err == nil && instead.Status < 200 {
		// An informational status ends nothing: the client never gets a final one.
		err = fault.ErrClosed
	}
	if err != nil {
		x.rec.Failure = x.failed(err, failureClient)
		return nil, asOfTheNetwork(err)
	}
	response := run.httpAnswer(r.Header.Get("Content-Type"), *instead).response(r)
	if value := fault.Header(x.Injected()); value != "" && run.FaultHeader {
		response.Header.Set(faultHeader, value)
	}
	x.begun(response)
	return response, nil
}

func (c httpClient) forward(x *exchange, r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if len(x.faults) > 0 {
		// A transport must not change the request that it is given.
		r = r.Clone(ctx)
		x.faults.Request(ctx, &x.Exchange, r)
	}
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(ctx)
		r.Body = watchedBody{ReadCloser: r.Body, read: func(p []byte) { x.keep(&x.in, p) }}
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		x.rec.Failure = failureOf(ctx, err)
		x.finish(ctx)
		return nil, err
	}
	err = x.firstByte(ctx)
	if err == nil {
		response.Request = r
		err = x.faults.Respond(ctx, &x.Exchange, response)
	}
	if err != nil {
		_ = response.Body.Close()
		x.rec.Failure = x.failed(err, failureClient)
		x.finish(ctx)
		return nil, asOfTheNetwork(err)
	}
	x.begun(response)
	response.Body = watchedBody{
		ReadCloser: response.Body,
		read:       func(p []byte) { x.keep(&x.out, p) },
		done: func(err error) {
			if !errors.Is(err, io.EOF) {
				x.fail(x.failed(err, failureOf(ctx, err)))
			}
			x.finish(ctx)
		},
		failed: asOfTheNetwork,
	}
	return response, nil
}

// begun notes the answer, of which the headers are there.
func (x *exchange) begun(response *http.Response) {
	x.rec.ResponseStatus = response.StatusCode
	x.answered()
	if x.captures() {
		x.rec.ResponseHeaders = recording.Values(response.Header.Clone())
	}
}

// asOfTheNetwork is err as a connection that breaks would have it, for clients that look.
func asOfTheNetwork(err error) error {
	broken := fault.BrokenError("")
	if !errors.As(err, &broken) {
		return err
	}
	switch broken {
	case fault.ErrReset:
		return fmt.Errorf("%w: %w", broken, syscall.ECONNRESET)
	default:
		return fmt.Errorf("%w: %w", broken, io.ErrUnexpectedEOF)
	}
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
