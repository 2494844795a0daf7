package gateway_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// overHTTP2 speaks HTTP/2 over TLS only, as negotiated by ALPN, on one connection: its end is a failure.
func overHTTP2(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{
		DisableCompression: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols),
	}
	transport.Protocols.SetHTTP2(true)
	var first net.Conn
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		return transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			if first == nil {
				first = info.Conn
			} else if first != info.Conn {
				t.Error("another connection was opened")
			}
		}})))
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// harmedPath has rules of faults for /harmed, all else passes.
func harmedPath(faults ...scenario.Fault) change {
	return inForce(scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy}, Seed: new(uint64(1)),
		Rules: []scenario.Rule{{Name: "harmed", Target: scenario.Target{Path: "/harmed"}, Behavior: listed(faults...)}},
	})
}

// counters returns what metrics say of errors and faults.
func counters(t *testing.T, m *telemetry.Metrics) (lines []string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		for _, name := range []string{"injected_faults", "errors", "http_requests", "chaos_mode_triggers"} {
			if strings.HasPrefix(line, "mockforge_"+name+"_total{") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// A fault of one exchange is its own also where others have the same connection, over TLS as negotiated. It is recorded and
// counted as over HTTP/1.1.
func TestFaultsOverHTTP2WithTLSAreThoseOfTheirStream(t *testing.T) {
	body := strings.Repeat("0123456789", 10)
	for name, test := range map[string]struct {
		fault scenario.Fault
		// status is 0 where there is no answer, body what there is of it, and reset whether the stream is then reset.
		status int
		body   string
		reset  bool
		faults string
	}{
		"latency":               {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(5.0)}, 200, body, false, "latency 5ms"},
		"latency of the answer": {scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtResponse, DelayMS: new(5.0)}, 200, body, false, "latency 5ms"},
		"error":                 {scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{503}, Body: new("no")}, 503, "no", false, "error 503"},
		"timeout":               {scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(5)}, 504, `{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"This answer was injected by MockForge."}`, false, "timeout 5ms"},
		"throttle":              {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(100_000))}, 200, body, false, "throttle 100000 bytes per second"},
		"reset":                 {scenario.Fault{Kind: scenario.FaultReset}, 0, "", true, "reset"},
		"reset in the body":     {scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(42))}, 200, body[:42], true, "reset after 42 bytes"},
		"close":                 {scenario.Fault{Kind: scenario.FaultClose}, 0, "", true, "close"},
		"truncate":              {scenario.Fault{Kind: scenario.FaultTruncate, Keep: new(0.3)}, 200, body[:30], true, "truncate after 30 bytes"},
		"a chunk that is none":  {scenario.Fault{Kind: scenario.FaultMalform, Part: "chunk"}, 200, body, true, "malform"},
	} {
		t.Run(name, func(t *testing.T) {
			asked, release := make(chan struct{}, 1), make(chan struct{})
			up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/witness" {
					w.Header().Set("Content-Length", fmt.Sprint(len(body)))
					_, _ = io.WriteString(w, body)
					return
				}
				_, _ = io.WriteString(w, "begun")
				_ = http.NewResponseController(w).Flush()
				asked <- struct{}{}
				<-release
				_, _ = io.WriteString(w, ", ended")
			})
			g := serve(t, up.URL, harmedPath(test.fault), overTLS(t))
			url := strings.Replace(g.URL, "http:", "https:", 1)

			h2 := overHTTP2(t)
			witness, err := h2.Do(request(t, "GET", url+"/witness", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer witness.Body.Close()
			if witness.ProtoMajor != 2 || witness.TLS.NegotiatedProtocol != "h2" {
				t.Fatalf("spoke %s, negotiated %q", witness.Proto, witness.TLS.NegotiatedProtocol)
			}
			<-asked

			response, err := h2.Do(request(t, "GET", url+"/harmed", ""))
			var got []byte
			if err == nil {
				got, err = io.ReadAll(response.Body)
				response.Body.Close()
				if response.StatusCode != test.status {
					t.Errorf("answered %d", response.StatusCode)
				}
			} else if test.status != 0 {
				t.Errorf("not answered: %v", err)
			}
			var reset http2.StreamError
			if string(got) != test.body || errors.As(err, &reset) != test.reset || !test.reset && err != nil {
				t.Errorf("got %q (%v), want %q", got, err, test.body)
			}
			if test.reset && reset.Code != http2.ErrCodeInternal {
				t.Errorf("the stream was reset with %v", reset.Code)
			}
			over2 := g.next(t)

			// The other stream of the connection goes on, and so do new ones.
			close(release)
			if all, err := io.ReadAll(witness.Body); err != nil || string(all) != "begun, ended" {
				t.Errorf("the other stream had %q (%v)", all, err)
			}
			g.next(t)
			if after := do(t, h2, request(t, "GET", url+"/another", "")); after.Status != 200 {
				t.Errorf("the next stream had %d", after.Status)
			}
			g.next(t)

			if response, err := client(t, false).Do(request(t, "GET", url+"/harmed", "")); err == nil {
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			over1 := g.next(t)
			if over2.HTTPVersion != "HTTP/2.0" || over2.Scheme != "https" || faultsOf(over2) != test.faults {
				t.Errorf("recorded %s over %s, %q", over2.HTTPVersion, over2.Scheme, faultsOf(over2))
			}
			metrics := map[*recording.Recording][]string{}
			for _, r := range []*recording.Recording{over1, over2} {
				m := telemetry.New(telemetry.Options{
					Buckets: []float64{1}, Mode: func() scenario.Mode { return scenario.Error },
					QueueLength: func() int { return 0 }, Active: func() map[string]int64 { return nil },
				})
				m.Observe(r)
				metrics[r] = counters(t, m)
			}
			if diff := cmp.Diff(metrics[over1], metrics[over2]); diff != "" || len(metrics[over2]) < 2 {
				t.Errorf("metrics of HTTP/2 (-HTTP/1.1 +HTTP/2):\n%s", diff)
			}
			type facts struct {
				Faults, Failure, Mode, Rule string
				Status                      int
				Body                        string
				Size                        int64
			}
			of := func(r *recording.Recording) facts {
				return facts{faultsOf(r), r.Failure, r.ScenarioMode, r.Rule, r.ResponseStatus, string(r.ResponseBody.Content), r.ResponseBody.Size}
			}
			if diff := cmp.Diff(of(over1), of(over2)); diff != "" {
				t.Errorf("recording of HTTP/2 (-HTTP/1.1 +HTTP/2):\n%s", diff)
			}
		})
	}
}

// chatting answers each message, and waits for more for as long as the client likes.
type chatting struct {
	testpb.UnimplementedTestServiceServer
}

func (chatting) FullDuplexCall(stream testpb.TestService_FullDuplexCallServer) error {
	for {
		if _, err := stream.Recv(); err != nil {
			return err
		}
		if err := stream.Send(&testpb.StreamingOutputCallResponse{Payload: &testpb.Payload{Body: make([]byte, 100)}}); err != nil {
			return err
		}
	}
}

// A client that could still send something does not keep its call from being ended.
func TestACallOfBothSidesIsEndedWhileItsClientWaits(t *testing.T) {
	server := grpc.NewServer()
	testpb.RegisterTestServiceServer(server, chatting{})
	t.Cleanup(server.Stop)
	up := serveGRPC(t, server)
	for name, test := range map[string]struct {
		fault scenario.Fault
		code  codes.Code
	}{
		"status":    {scenario.Fault{Kind: scenario.FaultError, AfterMessages: new(1), GRPCCode: "RESOURCE_EXHAUSTED"}, codes.ResourceExhausted},
		"reset":     {scenario.Fault{Kind: scenario.FaultReset, AfterMessages: new(1)}, codes.Internal},
		"at a byte": {scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(150))}, codes.Internal},
		"truncated": {scenario.Fault{Kind: scenario.FaultTruncate, AfterBytes: new(int64(150))}, codes.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up, faulty(test.fault))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			call, err := testpb.NewTestServiceClient(connect(t, g.Addr)).FullDuplexCall(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_ = call.Send(&testpb.StreamingOutputCallRequest{}) // It may be over already.
			}
			for err == nil {
				_, err = call.Recv()
			}
			if status.Code(err) != test.code {
				t.Errorf("ended with %v", err)
			}
			if r := g.next(t); !r.Injected() {
				t.Errorf("recorded failure %q", r.Failure)
			}
		})
	}
}
