package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange/failuretest"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// strict has the gateway verify certificates, and wait no longer than an upstream that fails in that way is to take.
func strict(t *testing.T, endpoint string, kind recording.FailureKind) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) {
		c := confighttp.NewDefaultClientConfig()
		c.Endpoint, c.Timeout = endpoint, failuretest.Patience(kind)
		transport, err := gateway.NewTransport(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(transport.Close)
		o.Transport = transport
	}
}

func TestAFailureOfAnUpstreamIsToldByItsCause(t *testing.T) {
	for _, upstream := range failuretest.Upstreams(t) {
		t.Run(upstream.Name, func(t *testing.T) {
			g := serve(t, upstream.URL, strict(t, upstream.URL, upstream.Kind))
			response, err := client(t, false).Do(request(t, "GET", g.URL+"/a", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			r := g.next(t)
			if r.FailedBy != upstream.By || r.FailureKind != upstream.Kind || !strings.HasPrefix(r.Failure, upstream.Text) {
				t.Errorf("recorded %s, %s: %q; want %s, %s: %q", r.FailedBy, r.FailureKind, r.Failure, upstream.By, upstream.Kind, upstream.Text)
			}
			if response.StatusCode != upstream.Status || r.ResponseStatus != upstream.Status {
				t.Errorf("answered %d, recorded %d; want %d", response.StatusCode, r.ResponseStatus, upstream.Status)
			}
			if outcome := telemetry.OutcomeOf(r); outcome.OrganicError != (upstream.By == recording.ByUpstream) || outcome.InjectedError {
				t.Errorf("outcome %+v", outcome)
			}
			if upstream.Status == http.StatusOK {
				if err == nil {
					t.Error("the answer was made whole")
				}
				return
			}
			var problem struct{ Detail string }
			if err := json.Unmarshal(body, &problem); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			if want := "The upstream of gateway shop did not answer: " + r.Failure + "."; problem.Detail != want {
				t.Errorf("detail %q, want %q", problem.Detail, want)
			}
			for _, secret := range []string{"127.0.0.1", "secret", "dial", "lookup"} {
				if strings.Contains(string(body)+r.Failure, secret) {
					t.Errorf("%s tells %q", body, secret)
				}
			}
		})
	}
}

// What the upstream of a gRPC call does wrong is told in the call's own terms.
func TestAFailureOfAnUpstreamOfCallsIsToldByItsCause(t *testing.T) {
	aborts := upstream(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	for name, test := range map[string]struct {
		endpoint string
		kind     recording.FailureKind
		code     codes.Code
	}{
		"refuses connections":                 {"http://" + failuretest.Refusing(t), recording.FailureRefused, codes.Unavailable},
		"has no address":                      {"http://no-such-host.invalid", recording.FailureDNS, codes.Unavailable},
		"has a certificate that nobody knows": {secure.URL, recording.FailureTLS, codes.Unavailable},
		"resets the connection":               {failuretest.Raw(t, failuretest.Says("", failuretest.Resets)), recording.FailureReset, codes.Unavailable},
		"closes the connection":               {failuretest.Raw(t, failuretest.Says("", failuretest.Closes)), recording.FailureClosed, codes.Unavailable},
		"closes what it accepts":              {failuretest.Raw(t, failuretest.Closes), recording.FailureClosed, codes.Unavailable},
		"speaks HTTP/1.1":                     {failuretest.Raw(t, failuretest.Says("HTTP/1.1 400 Bad Request\r\n\r\n", failuretest.Closes)), recording.FailureMalformed, codes.Unavailable},
		"resets the stream":                   {aborts.URL, recording.FailureReset, codes.Unavailable},
		"never answers":                       {failuretest.Raw(t, failuretest.Says("", failuretest.Waits)), recording.FailureTimeout, codes.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, test.endpoint, strict(t, test.endpoint, test.kind))
			_, err := healthpb.NewHealthClient(connect(t, g.Addr)).Check(t.Context(), &healthpb.HealthCheckRequest{})
			r := g.next(t)
			kinds := []recording.FailureKind{test.kind}
			switch test.kind {
			case recording.FailureClosed, recording.FailureMalformed, recording.FailureReset:
				// A system resets what is closed while the preface of HTTP/2 is still on its way, and net/http keeps not every cause.
				kinds = append(kinds, recording.FailureReset, recording.FailureClosed)
			}
			if r.FailedBy != recording.ByUpstream || !slices.Contains(kinds, r.FailureKind) {
				t.Errorf("recorded %s, %s: %q; want %s", r.FailedBy, r.FailureKind, r.Failure, test.kind)
			}
			if s := status.Convert(err); s.Code() != test.code || !strings.HasSuffix(s.Message(), ": The upstream of gateway shop did not answer: "+r.Failure+".") {
				t.Errorf("answered %v", err)
			}
		})
	}
}

// What a limit or a client has refused is no error of the upstream, whatever status that has.
func TestWhatAClientDoesIsNoErrorOfTheUpstream(t *testing.T) {
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	for name, test := range map[string]struct {
		request string
		by      recording.FailedBy
		kind    recording.FailureKind
		status  int
	}{
		"a tunnel":             {"CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n\r\n", recording.ByClient, recording.FailureUnsupported, 501},
		"a chunk that is none": {"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", recording.ByClient, recording.FailureMalformed, 400},
		"too large a body":     {"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 2000\r\n\r\n" + strings.Repeat("a", 2000), recording.ByLimit, recording.FailureTooLarge, 413},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up.URL, func(_ *gateway.Options, server *confighttp.ServerConfig) { server.MaxRequestBodySize = 1000 })
			conn := dial(t, g.Addr)
			if _, err := io.WriteString(conn, test.request); err != nil {
				t.Fatal(err)
			}
			r := g.next(t)
			if r.FailedBy != test.by || r.FailureKind != test.kind || r.ResponseStatus != test.status {
				t.Errorf("recorded %s, %s: %q, %d", r.FailedBy, r.FailureKind, r.Failure, r.ResponseStatus)
			}
			if outcome := telemetry.OutcomeOf(r); outcome.OrganicError || outcome.InjectedError {
				t.Errorf("outcome %+v", outcome)
			}
		})
	}
}

// A client that leaves within an answer is not taken for an upstream that broke off.
func TestAClientThatLeavesWithinAnAnswerIsNoErrorOfTheUpstream(t *testing.T) {
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	for range 5 {
		g := serve(t, up.URL)
		conn := dial(t, g.Addr)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if r := g.next(t); r.Failure != "client aborted" || r.FailedBy != recording.ByClient || telemetry.OutcomeOf(r).OrganicError {
			t.Errorf("recorded %s, %s: %q", r.FailedBy, r.FailureKind, r.Failure)
		}
	}
}

// What the end of a gateway breaks off is neither its client's doing nor its upstream's.
func TestWhatAStopBreaksOffIsTheGateways(t *testing.T) {
	for name, begins := range map[string]bool{"before the answer": false, "within the answer": true} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{})
			up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				if begins {
					_, _ = io.WriteString(w, "part")
					_ = http.NewResponseController(w).Flush()
				}
				close(asked)
				<-r.Context().Done()
			})
			g := serve(t, up.URL)
			conn := dial(t, g.Addr)
			if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			<-asked
			if begins {
				if _, err := io.ReadFull(conn, make([]byte, 20)); err != nil {
					t.Fatal(err)
				}
			}
			now, cancel := context.WithCancel(t.Context())
			cancel()
			_ = g.Shutdown(now)
			r := g.next(t)
			if r.FailedBy != recording.ByGateway || r.FailureKind != recording.FailureAborted || telemetry.OutcomeOf(r).OrganicError {
				t.Errorf("recorded %s, %s: %q", r.FailedBy, r.FailureKind, r.Failure)
			}
		})
	}
}
