package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/http2"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func dialling(err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 80}, Err: err}
}

func call(name string, errno syscall.Errno) error { return os.NewSyscallError(name, errno) }

// What cannot be had from a real upstream in a test; the rest is in the tests of gateways and pipelines.
func TestAFailureIsFoundFromItsError(t *testing.T) {
	for name, test := range map[string]struct {
		err   error
		begun bool
		by    recording.FailedBy
		kind  recording.FailureKind
	}{
		"refused":                     {dialling(call("connect", syscall.ECONNREFUSED)), false, recording.ByUpstream, recording.FailureRefused},
		"no route":                    {dialling(call("connect", syscall.EHOSTUNREACH)), false, recording.ByUpstream, recording.FailureUnreachable},
		"no network":                  {dialling(call("connect", syscall.ENETUNREACH)), false, recording.ByUpstream, recording.FailureUnreachable},
		"not taken in time":           {dialling(os.ErrDeadlineExceeded), false, recording.ByUpstream, recording.FailureTimeout},
		"timed out by TCP":            {dialling(call("connect", syscall.ETIMEDOUT)), false, recording.ByUpstream, recording.FailureTimeout},
		"no descriptor":               {dialling(call("socket", syscall.EMFILE)), false, recording.ByGateway, recording.FailureExhausted},
		"no descriptors at all":       {dialling(call("socket", syscall.ENFILE)), false, recording.ByGateway, recording.FailureExhausted},
		"no port":                     {dialling(call("connect", syscall.EADDRNOTAVAIL)), false, recording.ByGateway, recording.FailureExhausted},
		"no such host":                {dialling(&net.DNSError{Err: "no such host", Name: "secret.internal", IsNotFound: true}), false, recording.ByUpstream, recording.FailureDNS},
		"a name server that is late":  {dialling(&net.DNSError{Err: "i/o timeout", Name: "secret.internal", IsTimeout: true}), false, recording.ByUpstream, recording.FailureDNS},
		"a name server that fails":    {dialling(&net.DNSError{Err: "server misbehaving", Name: "secret.internal"}), false, recording.ByUpstream, recording.FailureDNS},
		"an unknown authority":        {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, false, recording.ByUpstream, recording.FailureTLS},
		"another host":                {&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "secret.internal"}}, false, recording.ByUpstream, recording.FailureTLS},
		"an expired certificate":      {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, false, recording.ByUpstream, recording.FailureTLS},
		"a wrong certificate":         {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, false, recording.ByUpstream, recording.FailureTLS},
		"an alert":                    {&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, false, recording.ByUpstream, recording.FailureTLS},
		"no TLS":                      {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, false, recording.ByUpstream, recording.FailureTLS},
		"a handshake that is late":    {errors.New("net/http: TLS handshake timeout"), false, recording.ByUpstream, recording.FailureTimeout},
		"reset before the answer":     {&net.OpError{Op: "read", Err: call("read", syscall.ECONNRESET)}, false, recording.ByUpstream, recording.FailureReset},
		"reset while writing":         {&net.OpError{Op: "write", Err: call("write", syscall.EPIPE)}, false, recording.ByUpstream, recording.FailureReset},
		"reset within the answer":     {&net.OpError{Op: "read", Err: call("read", syscall.ECONNRESET)}, true, recording.ByUpstream, recording.FailureReset},
		"closed before the answer":    {io.EOF, false, recording.ByUpstream, recording.FailureClosed},
		"closed within the answer":    {io.ErrUnexpectedEOF, true, recording.ByUpstream, recording.FailureClosed},
		"closed as it was used again": {errors.New("http: server closed idle connection"), false, recording.ByUpstream, recording.FailureClosed},
		"an end before the preface":   {errors.New("http2: client conn could not be established"), false, recording.ByUpstream, recording.FailureClosed},
		"an end as it was opened":     {errors.New("http2: client conn not usable"), false, recording.ByUpstream, recording.FailureClosed},
		"an end between requests":     {errors.New("http2: client conn is closed"), false, recording.ByUpstream, recording.FailureClosed},
		"going away in good order":    {errors.New("http2: Transport received Server's graceful shutdown GOAWAY"), false, recording.ByUpstream, recording.FailureClosed},
		"going away":                  {errors.New(`http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug="secret"`), false, recording.ByUpstream, recording.FailureClosed},
		"a stream that is reset":      {http2.StreamError{StreamID: 1, Code: http2.ErrCodeInternal}, true, recording.ByUpstream, recording.FailureReset},
		"a stream that is refused":    {http2.StreamError{StreamID: 1, Code: http2.ErrCodeRefusedStream}, false, recording.ByUpstream, recording.FailureRefused},
		"an error of the connection":  {errors.New("connection error: PROTOCOL_ERROR"), false, recording.ByUpstream, recording.FailureMalformed},
		"a head that is late":         {fmt.Errorf("reading: %w", os.ErrDeadlineExceeded), false, recording.ByUpstream, recording.FailureTimeout},
		"an exporter's patience":      {context.DeadlineExceeded, false, recording.ByUpstream, recording.FailureTimeout},
		"malformed":                   {&upstream.MalformedError{What: `it begins with "secret" instead of a status line`}, false, recording.ByUpstream, recording.FailureMalformed},
		"malformed for net/http":      {fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", errors.New(`malformed HTTP response "secret"`)), false, recording.ByUpstream, recording.FailureMalformed},
		"too large":                   {upstream.ErrHeadTooLarge, false, recording.ByLimit, recording.FailureTooLarge},
		"too large for net/http":      {errors.New("net/http: server response headers exceeded 1048576 bytes; aborted"), false, recording.ByLimit, recording.FailureTooLarge},
		"a request that is none":      {&upstream.InvalidRequestError{What: "the header X-Secret"}, false, recording.ByClient, recording.FailureMalformed},
		"anything else":               {errors.New("secret"), false, recording.ByUpstream, recording.FailureOther},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{test.err, fmt.Errorf("wrapped: %w", test.err)} {
				got := OfUpstream(err, test.begun)
				if got.By != test.by || got.Kind != test.kind || got.Text == "" {
					t.Errorf("%v: %+v", err, got)
				}
				if strings.Contains(strings.ToLower(got.Text), "secret") || strings.Contains(got.Text, "10.1.2.3") {
					t.Errorf("%q tells too much", got.Text)
				}
			}
		})
	}
}

func TestAFailureOfARequestIsItsClientsOrALimits(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		gone   bool
		by     recording.FailedBy
		kind   recording.FailureKind
		status int
	}{
		"too large":          {&http.MaxBytesError{Limit: 1}, false, recording.ByLimit, recording.FailureTooLarge, 413},
		"late":               {os.ErrDeadlineExceeded, false, recording.ByClient, recording.FailureTimeout, 408},
		"left":               {io.ErrUnexpectedEOF, false, recording.ByClient, recording.FailureAborted, 0},
		"reset":              {&net.OpError{Op: "read", Err: call("read", syscall.ECONNRESET)}, false, recording.ByClient, recording.FailureAborted, 0},
		"malformed":          {errors.New("invalid byte in chunk length"), false, recording.ByClient, recording.FailureMalformed, 400},
		"malformed and gone": {errors.New("http: suspiciously long trailer after chunked body"), true, recording.ByClient, recording.FailureAborted, 0},
	} {
		if got := OfRequest(test.err, test.gone); got.By != test.by || got.Kind != test.kind || got.Status != test.status {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAFaultThatBreaksOffIsAFailureOfOurs(t *testing.T) {
	for broken, kind := range map[fault.BrokenError]recording.FailureKind{
		fault.ErrReset: recording.FailureReset, fault.ErrClosed: recording.FailureClosed, fault.ErrTruncated: recording.FailureClosed,
		fault.ErrChunk: recording.FailureMalformed,
	} {
		if got := OfFault(broken); got.By != recording.ByFault || got.Kind != kind || got.Text != broken.Error() {
			t.Errorf("%s: %+v", broken, got)
		}
	}
}

func FuzzUnquoted(f *testing.F) {
	f.Add(`it begins with "SSH-2.0" instead of a status line`)
	f.Add(`it has the Content-Lengths "4" and "5"`)
	f.Fuzz(func(t *testing.T, what string) {
		if got := unquoted(what); strings.Contains(got, ` "`) && !strings.Contains(what, `""`) && strings.Count(what, `"`)%2 == 0 {
			t.Errorf("%q is left of %q", got, what)
		}
	})
}
