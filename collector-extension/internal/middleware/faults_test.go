package middleware_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func harmedBy(faults ...scenario.Fault) scenario.Definition {
	return scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, Faults: faults}}
}

// outcome is what a client of HTTP meets.
type outcome struct {
	err    error
	status int
	header http.Header
	body   string
	// broken is why the body could not be read to its end.
	broken error
}

func meet(t *testing.T, client *http.Client, url string) outcome {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Sent", "yes")
	response, err := client.Do(r)
	if err != nil {
		return outcome{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return outcome{status: response.StatusCode, header: response.Header, body: string(body), broken: err}
}

// told answers with what it was sent, in JSON.
func told(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Own", "receiver")
	_ = json.NewEncoder(w).Encode(map[string]string{"sent": string(body), "header": r.Header.Get("X-Sent"), "added": r.Header.Get("X-Added")})
}

const untouchedAnswer = `{"added":"","header":"yes","sent":"0123456789"}` + "\n"

func TestFaultsHarmReceiversAndExporters(t *testing.T) {
	body := `{"own":true}`
	for name, test := range map[string]struct {
		fault scenario.Fault
		kind  string
		met   func(t *testing.T, got outcome)
	}{
		"error with a body": {
			scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{503}, Body: &body, RetryAfterS: new(7), SetHeaders: map[string]string{"X-Why": "storm"}},
			"error", func(t *testing.T, got outcome) {
				if got.status != 503 || got.body != body || got.header.Get("Retry-After") != "7" || got.header.Get("X-Why") != "storm" || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("got %+v", got)
				}
			},
		},
		"rate limit": {
			scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(0)},
			"rate_limit", func(t *testing.T, got outcome) {
				if got.status != 429 || got.header.Get("Retry-After") == "" || got.header.Get("RateLimit-Limit") != "0" {
					t.Errorf("got %+v", got)
				}
			},
		},
		"timeout": {
			scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(1)},
			"timeout", func(t *testing.T, got outcome) {
				if got.status != 504 {
					t.Errorf("got %+v", got)
				}
			},
		},
		"latency of the answer": {
			scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtResponse, DelayMS: new(5.0)},
			"latency", func(t *testing.T, got outcome) {
				if got.status != 200 || got.body != untouchedAnswer || got.header.Get("X-Own") != "receiver" {
					t.Errorf("got %+v", got)
				}
			},
		},
		"reset": {
			scenario.Fault{Kind: scenario.FaultReset},
			"reset", func(t *testing.T, got outcome) {
				if !errors.Is(got.err, syscall.ECONNRESET) {
					t.Errorf("got %+v", got)
				}
			},
		},
		"close": {
			scenario.Fault{Kind: scenario.FaultClose},
			"close", func(t *testing.T, got outcome) {
				if !errors.Is(got.err, io.EOF) && !errors.Is(got.err, io.ErrUnexpectedEOF) {
					t.Errorf("got %+v", got)
				}
			},
		},
		"truncated": {
			scenario.Fault{Kind: scenario.FaultTruncate, AfterBytes: new(int64(10))},
			"truncate", func(t *testing.T, got outcome) {
				if got.status != 200 || got.body != untouchedAnswer[:10] || !errors.Is(got.broken, io.ErrUnexpectedEOF) {
					t.Errorf("got %+v", got)
				}
			},
		},
		"malformed": {
			scenario.Fault{Kind: scenario.FaultMalform},
			"malform", func(t *testing.T, got outcome) {
				if got.status != 200 || got.broken == nil && json.Valid([]byte(got.body)) {
					t.Errorf("got %+v", got)
				}
			},
		},
		"corrupted request": {
			scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtRequest},
			"corrupt", func(t *testing.T, got outcome) {
				var heard struct{ Sent string }
				if err := json.Unmarshal([]byte(got.body), &heard); err != nil || got.status != 200 || heard.Sent == "0123456789" || heard.Sent == "" {
					t.Errorf("got %+v", got)
				}
			},
		},
		"corrupted answer": {
			scenario.Fault{Kind: scenario.FaultCorrupt},
			"corrupt", func(t *testing.T, got outcome) {
				if got.status != 200 || got.body == untouchedAnswer {
					t.Errorf("got %+v", got)
				}
			},
		},
		"throttled": {
			scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(10_000))},
			"throttle", func(t *testing.T, got outcome) {
				if got.status != 200 || got.body != untouchedAnswer {
					t.Errorf("got %+v", got)
				}
			},
		},
		"dripping": {
			scenario.Fault{Kind: scenario.FaultDrip, DurationMS: new(5)},
			"drip", func(t *testing.T, got outcome) {
				if got.status != 200 || got.body != untouchedAnswer {
					t.Errorf("got %+v", got)
				}
			},
		},
		"headers of the answer": {
			scenario.Fault{Kind: scenario.FaultHeaders, SetHeaders: map[string]string{"X-Added": "ours"}, RemoveHeaders: []string{"X-Own"}},
			"headers", func(t *testing.T, got outcome) {
				if got.header.Get("X-Added") != "ours" || got.header.Get("X-Own") != "" || got.body != untouchedAnswer {
					t.Errorf("got %+v", got)
				}
			},
		},
		"headers of the request": {
			scenario.Fault{Kind: scenario.FaultHeaders, At: scenario.AtRequest, SetHeaders: map[string]string{"X-Added": "ours"}, RemoveHeaders: []string{"X-Sent"}},
			"headers", func(t *testing.T, got outcome) {
				if got.body != `{"added":"ours","header":"","sent":"0123456789"}`+"\n" {
					t.Errorf("got %+v", got)
				}
			},
		},
		"patched": {
			scenario.Fault{Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{{Op: "replace", Path: "/sent", Value: "patched"}}},
			"patch", func(t *testing.T, got outcome) {
				if got.status != 200 || !strings.Contains(got.body, `"sent":"patched"`) {
					t.Errorf("got %+v", got)
				}
			},
		},
		"replaced": {
			scenario.Fault{Kind: scenario.FaultReplace, Status: new(202), Body: &body},
			"replace", func(t *testing.T, got outcome) {
				if got.status != 202 || got.body != body {
					t.Errorf("got %+v", got)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, extensions := newExtension()
			e.inForce(t, harmedBy(test.fault))
			url := receiver(t, extensions, told)
			backend := httptest.NewServer(http.HandlerFunc(told))
			defer backend.Close()
			for side, ask := range map[string]func() outcome{
				"receivers": func() outcome { return meet(t, http.DefaultClient, url) },
				"exporters": func() outcome { return meet(t, exporter(t, extensions), backend.URL) },
			} {
				t.Run(side, func(t *testing.T) {
					test.met(t, ask())
					r := e.next(t)
					if r.Gateway != side || len(r.Faults) != 1 || r.Faults[0].Kind != test.kind {
						t.Errorf("recorded %+v", r)
					}
				})
			}
		})
	}
}

// What is within a limit is told what is left, and passes.
func TestAReceiverTellsWhatIsLeftOfALimit(t *testing.T) {
	e, extensions := newExtension()
	e.inForce(t, harmedBy(scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(1), Per: scenario.PerAll}))
	url := receiver(t, extensions, told)
	for i, want := range []int{200, 429} {
		got := meet(t, http.DefaultClient, url)
		if got.status != want || got.header.Get("RateLimit-Remaining") != "0" {
			t.Errorf("request %d: got %+v", i, got)
		}
		if r := e.next(t); r.Injected() != (want == 429) {
			t.Errorf("recorded %+v", r)
		}
	}
}

func TestFaultsHarmCalls(t *testing.T) {
	for name, test := range map[string]struct {
		fault scenario.Fault
		code  codes.Code
		text  string
	}{
		"named code": {scenario.Fault{Kind: scenario.FaultError, GRPCCode: "RESOURCE_EXHAUSTED", Message: "too much", RetryAfterS: new(9)}, codes.ResourceExhausted, "too much"},
		"rate limit": {scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(0)}, codes.ResourceExhausted, "injected by MockForge"},
		"timeout":    {scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(1)}, codes.DeadlineExceeded, "injected by MockForge"},
		"reset":      {scenario.Fault{Kind: scenario.FaultReset}, codes.Unavailable, "reset by an injected fault"},
		"close":      {scenario.Fault{Kind: scenario.FaultClose}, codes.Unavailable, "closed by an injected fault"},
		"latency":    {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(1.0)}, codes.OK, ""},
		// These have nothing to work on in a call of the Collector's pipelines.
		"truncated": {scenario.Fault{Kind: scenario.FaultTruncate}, codes.OK, ""},
		"throttled": {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1))}, codes.OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for side, client := range map[string]func(*extension) healthpb.HealthClient{
				"receivers": func(e *extension) healthpb.HealthClient { return calls(t, e, nil) },
				"exporters": func(e *extension) healthpb.HealthClient { return calls(t, nil, e) },
			} {
				e, _ := newExtension()
				e.inForce(t, harmedBy(test.fault))
				_, err := client(e).Check(t.Context(), &healthpb.HealthCheckRequest{})
				if status.Code(err) != test.code || !strings.Contains(status.Convert(err).Message(), test.text) {
					t.Errorf("%s: %v, want %v", side, err, test.code)
				}
				r := e.next(t)
				if r.GRPCStatus == nil || *r.GRPCStatus != int(test.code) || r.Gateway != side {
					t.Errorf("recorded %+v", r)
				}
				if test.fault.RetryAfterS != nil {
					details := status.Convert(err).Details()
					if len(details) != 1 || details[0].(*errdetails.RetryInfo).RetryDelay.GetSeconds() != 9 {
						t.Errorf("%s: details are %v", side, details)
					}
				}
			}
		})
	}
}

func TestHeadersOfCallsAreChanged(t *testing.T) {
	e, _ := newExtension()
	client := calls(t, e, nil)
	e.inForce(t, harmedBy(scenario.Fault{Kind: scenario.FaultHeaders, SetHeaders: map[string]string{"X-Added": "ours"}}))
	var header metadata.MD
	if _, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{}, grpc.Header(&header)); err != nil || len(header.Get("x-added")) != 1 {
		t.Errorf("answered with %v (%v)", header, err)
	}
	if r := e.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != "headers" {
		t.Errorf("recorded %+v", r)
	}
	e.inForce(t, harmedBy(scenario.Fault{Kind: scenario.FaultHeaders, At: scenario.AtRequest, RemoveHeaders: []string{"X-Sent"}}))
	stream, err := client.Watch(metadata.AppendToOutgoingContext(t.Context(), "x-sent", "yes"), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Error(err)
	}
}

func TestTheFirstRequestsFailAndThoseAfterThemSucceed(t *testing.T) {
	e, extensions := newExtension()
	e.inForce(t, harmedBy(scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{503}, When: &scenario.When{First: new(2)}}))
	url := receiver(t, extensions, told)
	for i, want := range []int{503, 503, 200, 200} {
		if got := meet(t, http.DefaultClient, url); got.status != want {
			t.Errorf("request %d is answered %d, want %d", i, got.status, want)
		}
		e.next(t)
	}
}
