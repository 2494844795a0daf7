package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange/failuretest"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The same upstreams as those of the gateway's test.
func TestAFailureOfABackendIsToldByItsCause(t *testing.T) {
	for _, upstream := range failuretest.Upstreams(t) {
		if upstream.By == recording.ByLimit {
			continue // Exporters have no limit of ours.
		}
		t.Run(upstream.Name, func(t *testing.T) {
			e, extensions := newExtension()
			client := exporter(t, extensions)
			client.Timeout = failuretest.Patience(upstream.Kind)
			e.inForce(t, healthy())
			r, err := http.NewRequestWithContext(t.Context(), "GET", upstream.URL+"/v1/traces", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := client.Do(r)
			if err == nil {
				_, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			if err == nil {
				t.Error("there was an answer")
			}
			rec := e.next(t)
			if rec.FailedBy != upstream.By || rec.FailureKind != upstream.Kind || !strings.HasPrefix(rec.Failure, upstream.Text) {
				t.Errorf("recorded %s, %s: %q; want %s, %s: %q", rec.FailedBy, rec.FailureKind, rec.Failure, upstream.By, upstream.Kind, upstream.Text)
			}
			if outcome := telemetry.OutcomeOf(rec); outcome.OrganicError != (upstream.By == recording.ByUpstream) {
				t.Errorf("outcome %+v", outcome)
			}
		})
	}
}

func TestAFailureOfACallIsToldByItsCause(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()
	html := httptest.NewUnstartedServer(http.NotFoundHandler())
	html.Config.Protocols = new(http.Protocols)
	html.Config.Protocols.SetUnencryptedHTTP2(true)
	html.Start()
	defer html.Close()
	aborts := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	aborts.Config.Protocols = new(http.Protocols)
	aborts.Config.Protocols.SetUnencryptedHTTP2(true)
	aborts.Start()
	defer aborts.Close()
	raw := func(text string, end failuretest.End) string {
		return strings.TrimPrefix(failuretest.Raw(t, failuretest.Says(text, end)), "http://")
	}
	plain, encrypted := insecure.NewCredentials(), credentials.NewTLS(nil)
	for name, test := range map[string]struct {
		target      string
		credentials credentials.TransportCredentials
		kind        recording.FailureKind
	}{
		"refuses connections":                 {failuretest.Refusing(t), plain, recording.FailureRefused},
		"has no address":                      {"dns:///no-such-host.invalid:80", plain, recording.FailureDNS},
		"has a certificate that nobody knows": {secure.Listener.Addr().String(), encrypted, recording.FailureTLS},
		"speaks no TLS":                       {raw("HTTP/1.1 400 Bad Request\r\n\r\n", failuretest.Closes), encrypted, recording.FailureTLS},
		"never answers":                       {raw("", failuretest.Waits), plain, recording.FailureTimeout},
		"speaks HTTP/1.1":                     {raw("HTTP/1.1 400 Bad Request\r\n\r\n", failuretest.Closes), plain, recording.FailureMalformed},
		"closes the connection at once":       {raw("", failuretest.Closes), plain, recording.FailureClosed},
		"answers with a page":                 {html.Listener.Addr().String(), plain, recording.FailureMalformed},
		"resets the stream before its answer": {aborts.Listener.Addr().String(), plain, recording.FailureReset},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %v", name, stream), func(t *testing.T) {
				e, _ := newExtension()
				e.inForce(t, healthy())
				options, err := e.GetGRPCClientOptions(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				conn, err := grpc.NewClient(test.target, append(options, grpc.WithTransportCredentials(test.credentials))...)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				ctx, cancel := context.WithTimeout(t.Context(), failuretest.Patience(test.kind))
				defer cancel()
				client := healthpb.NewHealthClient(conn)
				if stream {
					var watching grpc.ServerStreamingClient[healthpb.HealthCheckResponse]
					if watching, err = client.Watch(ctx, &healthpb.HealthCheckRequest{}); err == nil {
						_, err = watching.Recv()
					}
				} else {
					_, err = client.Check(ctx, &healthpb.HealthCheckRequest{})
				}
				if status.Code(err) == codes.OK {
					t.Fatal("it was answered")
				}
				r := e.next(t)
				kinds := []recording.FailureKind{test.kind}
				if test.kind == recording.FailureClosed || test.kind == recording.FailureMalformed {
					kinds = append(kinds, recording.FailureReset) // A system resets what is closed while there is something to read.
				}
				if r.FailedBy != recording.ByUpstream || !slices.Contains(kinds, r.FailureKind) || r.Failure == "" {
					t.Errorf("recorded %s, %s: %q of %v; want %s", r.FailedBy, r.FailureKind, r.Failure, err, test.kind)
				}
				if strings.Contains(r.Failure, "127.0.0.1") || !telemetry.OutcomeOf(r).OrganicError {
					t.Errorf("recorded %q", r.Failure)
				}
			})
		}
	}
}

// An answer of the backend's own is no failure, whatever its status.
func TestAStatusOfABackendIsAnAnswer(t *testing.T) {
	e, _ := newExtension()
	client := calls(t, nil, e)
	e.inForce(t, healthy())
	_, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "unknown"})
	if r := e.next(t); status.Code(err) != codes.NotFound || r.Failure != "" || r.FailedBy != "" || *r.GRPCStatus != int(codes.NotFound) {
		t.Errorf("%v is recorded as %q by %q", err, r.Failure, r.FailedBy)
	}
}

// What a client sends that cannot be read is no error of the receiver.
func TestABodyThatAReceiverCannotReadIsItsClients(t *testing.T) {
	for name, test := range map[string]struct {
		request string
		by      recording.FailedBy
		kind    recording.FailureKind
	}{
		"a chunk that is none": {"Transfer-Encoding: chunked\r\n\r\nzz\r\n", recording.ByClient, recording.FailureMalformed},
		"a client that leaves": {"Content-Length: 100\r\n\r\npart", recording.ByClient, recording.FailureAborted},
		"too much":             {"Content-Length: 22000000\r\n\r\n" + strings.Repeat("a", 22_000_000), recording.ByLimit, recording.FailureTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			e, extensions := newExtension()
			entry := receiver(t, extensions, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					w.WriteHeader(http.StatusBadRequest)
				}
			})
			e.inForce(t, healthy())
			conn, err := net.Dial("tcp", strings.TrimPrefix(entry, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go func() {
				_, _ = io.WriteString(conn, "POST /v1/logs HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"+test.request)
				_ = conn.(*net.TCPConn).CloseWrite()
			}()
			_, _ = io.Copy(io.Discard, conn)
			r := e.next(t)
			if r.FailedBy != test.by || r.FailureKind != test.kind || telemetry.OutcomeOf(r).OrganicError {
				t.Errorf("recorded %s, %s: %q, outcome %+v", r.FailedBy, r.FailureKind, r.Failure, telemetry.OutcomeOf(r))
			}
		})
	}
}

func TestTheTargetOfACallIsItsPath(t *testing.T) {
	server, _ := newExtension()
	client, _ := newExtension()
	health := calls(t, server, client)
	server.inForce(t, healthy())
	client.inForce(t, healthy())
	if _, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	watch, err := health.Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for _, e := range []*extension{server, client} {
		for range 2 {
			if r := e.next(t); string(r.Target) != r.Path || !strings.HasPrefix(r.Path, "/grpc.health.v1.Health/") {
				t.Errorf("%s of %s has the target %q", r.Operation, r.Gateway, r.Target)
			}
		}
	}
}

// A call that is given up may end in two goroutines at once: its recording is whole, and handed over once. Run with -race.
func TestACallThatEndsTwiceIsRecordedOnce(t *testing.T) {
	client, _ := newExtension()
	health := calls(t, nil, client)
	client.inForce(t, healthy())
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		watch, err := health.Watch(ctx, &healthpb.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		go cancel()
		for err == nil {
			_, err = watch.Recv()
		}
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(err)
		}
		if r := client.next(t); r.GRPCStatus == nil || *r.GRPCStatus != int(codes.Canceled) {
			t.Errorf("recorded %v", r.GRPCStatus)
		}
	}
	if len(client.recordings) > 0 {
		t.Error("a call was recorded twice")
	}
}
