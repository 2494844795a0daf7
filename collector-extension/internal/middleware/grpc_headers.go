package middleware

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
)

// requestMetadata returns what a call is passed on with: md as faults of kind headers have changed it; changed reports whether any
// has.
func (x *exchange) requestMetadata(ctx context.Context, md metadata.MD) (after metadata.MD, changed bool) {
	if !slices.ContainsFunc(x.Faults, func(f fault.Fault) bool { h, ok := f.(fault.Headers); return ok && h.AtRequest }) {
		return md, false
	}
	r := &http.Request{Header: headerOf(md).Clone()}
	for _, f := range x.Faults {
		if headers, ok := f.(fault.Headers); ok {
			headers.Request(ctx, &x.Exchange, r)
		}
	}
	return metadataOf(r.Header), true
}

// responseMetadata returns what faults add to the headers of an answer; nil where they add nothing. What the service itself
// has set cannot be taken away from here.
func (x *exchange) responseMetadata(ctx context.Context) metadata.MD {
	response := &http.Response{Header: http.Header{}}
	for _, f := range x.Faults {
		switch f := f.(type) {
		case fault.Headers:
			if len(f.Set) > 0 {
				_ = f.Respond(ctx, &x.Exchange, response)
			}
		case fault.RateLimit:
			_ = f.Respond(ctx, &x.Exchange, response)
		}
	}
	return metadataOf(response.Header)
}

func headerOf(md metadata.MD) http.Header {
	header := make(http.Header, len(md))
	for name, values := range md {
		header[http.CanonicalHeaderKey(name)] = values
	}
	return header
}

func metadataOf(header http.Header) metadata.MD {
	if len(header) == 0 {
		return nil
	}
	md := make(metadata.MD, len(header))
	for name, values := range header {
		md[strings.ToLower(name)] = values
	}
	return md
}
