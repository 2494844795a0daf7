package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"syscall"

	"golang.org/x/net/http2"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// OfUpstream returns why an upstream did not answer, or not to the end: begun reports whether its answer had begun. What is known
// of the error's type goes before its text; texts are looked at where net/http has no types.
func OfUpstream(err error, begun bool) Failure {
	if errors.As(err, new(*upstream.InvalidRequestError)) {
		return Failure{recording.ByClient, recording.FailureMalformed, "the request cannot be sent to an upstream"}
	}
	for _, of := range [...]func(error, bool) (recording.FailureKind, string){ofName, ofHandshake, ofConnection, ofMessage, ofEnd} {
		if kind, text := of(err, begun); kind != "" {
			by := recording.ByUpstream
			switch kind {
			case recording.FailureExhausted:
				by = recording.ByGateway
			case recording.FailureTooLarge:
				by = recording.ByLimit
			}
			return Failure{by, kind, text}
		}
	}
	if begun {
		return Failure{recording.ByUpstream, recording.FailureOther, "upstream's answer could not be read to its end"}
	}
	return Failure{recording.ByUpstream, recording.FailureOther, "upstream could not be asked"}
}

// ofName returns the kind and the words of a failure to look up a host name.
func ofName(err error, _ bool) (recording.FailureKind, string) {
	var name *net.DNSError
	switch {
	case !errors.As(err, &name):
		return "", ""
	case name.IsNotFound:
		return recording.FailureDNS, "upstream's host name was not found"
	case name.IsTimeout:
		return recording.FailureDNS, "upstream's host name was not looked up in time"
	}
	return recording.FailureDNS, "upstream's host name could not be looked up"
}

// ofHandshake returns the kind and the words of a failure of TLS.
func ofHandshake(err error, _ bool) (recording.FailureKind, string) {
	var alert tls.AlertError
	var invalid x509.CertificateInvalidError
	var text string
	switch {
	case errors.As(err, new(x509.UnknownAuthorityError)):
		text = "upstream's certificate is of an authority that is not trusted"
	case errors.As(err, new(x509.HostnameError)):
		text = "upstream's certificate is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		text = "upstream's certificate has expired, or is not valid yet"
	case errors.As(err, &invalid), errors.As(err, new(*tls.CertificateVerificationError)):
		text = "upstream's certificate is not valid"
	case errors.As(err, new(tls.RecordHeaderError)), hasText(err, "server gave HTTP response to HTTPS client", "does not look like a TLS handshake"):
		text = "upstream does not speak TLS"
	case errors.As(err, &alert):
		text = "upstream refused the TLS handshake: " + strings.TrimPrefix(alert.Error(), "tls: ")
	case hasText(err, "remote error: tls: "):
		text = "upstream refused the TLS handshake"
	case hasText(err, "TLS handshake timeout"):
		return recording.FailureTimeout, "upstream did not end the TLS handshake in time"
	case hasText(err, "tls: "):
		text = "the TLS handshake with the upstream failed"
	default:
		return "", ""
	}
	return recording.FailureTLS, text
}

// ofConnection returns the kind and the words of a failure to open a connection.
func ofConnection(err error, _ bool) (recording.FailureKind, string) {
	var operation *net.OpError
	dialling := errors.As(err, &operation) && operation.Op == "dial"
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return recording.FailureRefused, "upstream refused the connection"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.ENETDOWN):
		return recording.FailureUnreachable, "no way leads to the upstream"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return recording.FailureExhausted, "the gateway has no file descriptor left for a connection"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAGAIN) && dialling, errors.Is(err, syscall.ENOBUFS):
		return recording.FailureExhausted, "the gateway has no port left for a connection"
	case dialling && IsTimeout(err), errors.Is(err, syscall.ETIMEDOUT) && dialling:
		return recording.FailureTimeout, "upstream did not take the connection in time"
	case IsTimeout(err), errors.Is(err, syscall.ETIMEDOUT):
		return recording.FailureTimeout, "upstream timed out"
	}
	return "", ""
}

// ofMessage returns the kind and the words of a failure over what the upstream sent.
func ofMessage(err error, _ bool) (recording.FailureKind, string) {
	var malformed *upstream.MalformedError
	var protocol textproto.ProtocolError
	var stream http2.StreamError
	switch {
	case errors.Is(err, upstream.ErrHeadTooLarge), hasText(err, "server response headers exceeded", "response header list larger than"):
		return recording.FailureTooLarge, "upstream's headers larger than the gateway's limit"
	case errors.As(err, &malformed):
		return recording.FailureMalformed, "upstream's answer is malformed: " + unquoted(malformed.What)
	case errors.As(err, &stream):
		if stream.Code == http2.ErrCodeProtocol || stream.Code == http2.ErrCodeFrameSize || stream.Code == http2.ErrCodeCompression {
			return recording.FailureReset, "upstream reset the stream for an error of the protocol"
		}
		if stream.Code == http2.ErrCodeRefusedStream {
			return recording.FailureRefused, "upstream refused the stream"
		}
		return recording.FailureReset, "upstream reset the stream: " + stream.Code.String()
	case hasText(err, "looked like an HTTP/1.1 header"):
		return recording.FailureMalformed, "upstream does not speak HTTP/2"
	case errors.As(err, &protocol), hasText(err, "malformed ", "invalid header", "invalid byte in chunk", "invalid chunk",
		"chunk length", "chunked line ended", "too many 1xx", "connection error: ", "Content-Length", "unsupported transfer encoding", "too many transfer encodings", "http2: frame"):
		return recording.FailureMalformed, "upstream's answer is malformed"
	}
	return "", ""
}

// ofEnd returns the kind and the words of a failure by a connection that ended before the answer did.
func ofEnd(err error, begun bool) (recording.FailureKind, string) {
	switch {
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		if begun {
			return recording.FailureReset, "upstream reset the connection within its answer"
		}
		return recording.FailureReset, "upstream reset the connection before its answer"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		hasText(err, "server closed idle connection", "server sent GOAWAY", "client connection lost", "client conn could not be established", "client conn is closed", "client conn not usable", "graceful shutdown GOAWAY",
			"connection closed before", "use of closed", "unexpected EOF"):
		if begun {
			return recording.FailureClosed, UpstreamBrokeOff.Text
		}
		return recording.FailureClosed, "upstream closed the connection before its answer"
	case errors.Is(err, context.Canceled):
		return recording.FailureAborted, "the upstream's answer was given up"
	}
	return "", ""
}

func hasText(err error, texts ...string) bool {
	said := err.Error()
	for _, text := range texts {
		if strings.Contains(said, text) {
			return true
		}
	}
	return false
}

// unquoted leaves out what somebody has sent: that may be secret, and is of any length.
func unquoted(what string) string {
	before, rest, found := strings.Cut(what, ` "`)
	if !found {
		return what
	}
	if last := strings.LastIndexByte(rest, '"'); last >= 0 {
		return strings.TrimRight(before+" what it must not"+rest[last+1:], " ")
	}
	return before
}
