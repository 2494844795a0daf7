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
	"time"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
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
	x := run.exporters.begin(r.Context(), scenario.Exchange{
		Protocol: string(recording.HTTP), Method: r.Method, Path: recording.SentPath(r.URL.RequestURI(), r.URL), RawQuery: r.URL.RawQuery, Header: r.Header,
		Consumer: run.exporters.Consumer(r.Header, ""),
	})
	x.Describe(r)
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
		x.failWith(err, core.ClientAborted)
		return nil, asOfTheNetwork(err)
	}
	response := run.options.httpAnswer(r.Header.Get("Content-Type"), *instead).response(r)
	if value := x.FaultHeaderValue(); value != "" {
		response.Header.Set(core.FaultHeader, value)
	}
	x.begun(response.StatusCode, response.Header)
	return response, nil
}

func (c httpClient) forward(x *exchange, r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if len(x.Faults) > 0 {
		// A transport must not change the request that it is given.
		r = r.Clone(ctx)
		x.Faults.Request(ctx, &x.Exchange, r)
	}
	r = x.watchRequest(r, nil)
	response, err := c.next.RoundTrip(r)
	if err != nil {
		x.Fail(failureOf(ctx, err, false))
		x.finish(ctx)
		return nil, err
	}
	err = x.firstByte(ctx)
	if err == nil {
		response.Request = r
		err = x.Faults.Respond(ctx, &x.Exchange, response)
	}
	if err != nil {
		_ = response.Body.Close()
		x.failWith(err, core.ClientAborted)
		x.finish(ctx)
		return nil, asOfTheNetwork(err)
	}
	x.begun(response.StatusCode, response.Header)
	response.Body = watchedBody{
		ReadCloser: response.Body,
		kept:       &x.Out,
		done: func(err error) {
			if !errors.Is(err, io.EOF) {
				x.failWith(err, failureOf(ctx, err, true))
			}
			x.finish(ctx)
		},
		failed: asOfTheNetwork,
	}
	return response, nil
}

// asOfTheNetwork returns err as a connection that breaks would have it, for clients that look.
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

// failureOf returns why a backend did not answer, or, where its answer had begun, not to the end.
func failureOf(ctx context.Context, err error, begun bool) core.Failure {
	switch deadline, bound := ctx.Deadline(); {
	case errors.Is(ctx.Err(), context.Canceled) && !(bound && time.Until(deadline) <= 0):
		return core.ClientAborted
	case ctx.Err() != nil || bound && time.Until(deadline) <= 0:
		// http.Client cancels what is above its timeout, and net/http has several errors for that.
		return core.OfUpstream(context.DeadlineExceeded, begun)
	}
	return core.OfUpstream(err, begun)
}

// response returns the answer as a transport returns it.
func (a answer) response(r *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(bytes.NewReader(a.body)), Request: r,
	}
}
