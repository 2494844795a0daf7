package middleware

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// ofCall returns why a call to a backend ended without a status of the backend's own; the zero value where it has answered.
// grpc-go tells both by a status, and has the cause of its own in the text alone: a backend that answered with the very same
// words would be taken for one that did not answer.
func ofCall(ctx context.Context, err error) core.Failure {
	if err == nil {
		return core.Failure{}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return core.ClientAborted
	}
	s := status.Convert(err)
	if s.Code() == codes.DeadlineExceeded && ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		return upstreamFailure(recording.FailureTimeout, "upstream timed out")
	}
	text := s.Message()
	for _, known := range callFailures {
		if (known.code == codes.OK || known.code == s.Code()) && strings.Contains(text, known.part) {
			return known.Failure
		}
	}
	return core.Failure{}
}

func upstreamFailure(kind recording.FailureKind, text string) core.Failure {
	return core.Failure{By: recording.ByUpstream, Kind: kind, Text: text}
}

// callFailures are the words of grpc-go, the particular ones first; code OK is any.
var callFailures = []struct {
	code codes.Code
	part string
	core.Failure
}{
	{codes.ResourceExhausted, "message larger than max", core.UpstreamMessageTooLarge},
	{codes.Unavailable, "connection refused", core.OfRefusal()},
	{codes.Unavailable, "no such host", upstreamFailure(recording.FailureDNS, "upstream's host name was not found")},
	{codes.Unavailable, "produced zero addresses", upstreamFailure(recording.FailureDNS, "upstream's host name was not found")},
	{codes.Unavailable, "name resolver error", upstreamFailure(recording.FailureDNS, "upstream's host name could not be looked up")},
	{codes.Unavailable, "no route to host", upstreamFailure(recording.FailureUnreachable, "no way leads to the upstream")},
	{codes.Unavailable, "network is unreachable", upstreamFailure(recording.FailureUnreachable, "no way leads to the upstream")},
	{codes.Unavailable, "unknown authority", upstreamFailure(recording.FailureTLS, "upstream's certificate is of an authority that is not trusted")},
	{codes.Unavailable, "x509: certificate is valid for", upstreamFailure(recording.FailureTLS, "upstream's certificate is for another host")},
	{codes.Unavailable, "x509: certificate has expired", upstreamFailure(recording.FailureTLS, "upstream's certificate has expired, or is not valid yet")},
	{codes.Unavailable, "does not look like a TLS handshake", upstreamFailure(recording.FailureTLS, "upstream does not speak TLS")},
	{codes.Unavailable, "authentication handshake failed", upstreamFailure(recording.FailureTLS, "the TLS handshake with the upstream failed")},
	{codes.Unavailable, "i/o timeout", upstreamFailure(recording.FailureTimeout, "upstream did not take the connection in time")},
	{codes.Unavailable, "failed to receive server preface", upstreamFailure(recording.FailureTimeout, "upstream did not take the connection in time")},
	{codes.Unavailable, "looked like an HTTP/1.1 header", upstreamFailure(recording.FailureMalformed, "upstream does not speak HTTP/2")},
	{codes.Unavailable, "server preface: EOF", upstreamFailure(recording.FailureClosed, "upstream closed the connection before its answer")},
	{codes.Unavailable, "error reading server preface", upstreamFailure(recording.FailureMalformed, "upstream does not speak HTTP/2")},
	{codes.Unavailable, "connection reset by peer", upstreamFailure(recording.FailureReset, "upstream reset the connection before its answer")},
	{codes.Unavailable, "broken pipe", upstreamFailure(recording.FailureReset, "upstream reset the connection before its answer")},
	{codes.Unavailable, "REFUSED_STREAM", upstreamFailure(recording.FailureRefused, "upstream refused the stream")},
	{codes.OK, "terminated by RST_STREAM", upstreamFailure(recording.FailureReset, "upstream reset the stream")},
	{codes.Unavailable, "error reading from server", upstreamFailure(recording.FailureClosed, "upstream closed the connection before its answer")},
	{codes.Unavailable, "transport is closing", upstreamFailure(recording.FailureClosed, "upstream closed the connection before its answer")},
	{codes.Unavailable, "connection error: desc = ", upstreamFailure(recording.FailureOther, "upstream could not be asked")},
	{codes.Internal, "server closed the stream without sending trailers", core.UpstreamBrokeOff},
	{codes.OK, "unexpected HTTP status code received from server", upstreamFailure(recording.FailureMalformed, "upstream's answer is not one of gRPC")},
	{codes.OK, "received unexpected content-type", upstreamFailure(recording.FailureMalformed, "upstream's answer is not one of gRPC")},
	{codes.Internal, "malformed", upstreamFailure(recording.FailureMalformed, "upstream's answer is malformed")},
	{codes.Internal, "grpc: failed to unmarshal", upstreamFailure(recording.FailureMalformed, "upstream's answer is malformed")},
}
